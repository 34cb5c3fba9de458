// qrun's C++20 interface: thin, header-only, over qrun.h. Works with -fno-exceptions and -fno-rtti.
//
//   auto model = qrun::Model::from_file("kws.qfb");               // Result<Model>
//   if (!model) return complain(model.status().message());
//   auto session = qrun::Session::create(*model, {.threads = 2});  // Result<Session>
//   std::span<std::int8_t> input = session->input<std::int8_t>(0);
//   session->run();
//   std::span<const std::int8_t> scores = session->output<std::int8_t>(0);
//
// This header is where scales become floats; the library itself carries only their bits.

#ifndef QRUN_QRUN_HPP_
#define QRUN_QRUN_HPP_

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

#include "qrun/qrun.h"

namespace qrun {

class Status {
 public:
  Status() : raw_{} { raw_.operator_index = -1; }
  bool ok() const { return raw_.code == QRUN_OK; }
  qrun_code code() const { return static_cast<qrun_code>(raw_.code); }
  // One line: what is wrong, where, what to do.
  std::string_view message() const { return raw_.message; }
  // The operator in the file's order that it is about, or -1.
  int operator_index() const { return raw_.operator_index; }
  qrun_status* raw() { return &raw_; }

 private:
  qrun_status raw_;
};

// A T, or the Status that says why there is none. Dereferencing one that holds no value is undefined.
template <class T>
class Result {
 public:
  Result(T value) : value_(std::move(value)) {}  // NOLINT(google-explicit-constructor)
  Result(Status status) : status_(status) {}     // NOLINT(google-explicit-constructor)
  bool ok() const { return value_.has_value(); }
  explicit operator bool() const { return ok(); }
  const Status& status() const { return status_; }
  T& operator*() & { return *value_; }
  const T& operator*() const& { return *value_; }
  T&& operator*() && { return *std::move(value_); }
  T* operator->() { return &*value_; }
  const T* operator->() const { return &*value_; }

 private:
  std::optional<T> value_;
  Status status_;
};

enum class DType : std::int32_t { kInt8 = QRUN_INT8, kUInt8 = QRUN_UINT8, kInt32 = QRUN_INT32, kInt64 = QRUN_INT64 };

// A graph input or output. Views live as long as the model.
class TensorInfo {
 public:
  explicit TensorInfo(const qrun_tensor_info* raw) : raw_(raw) {}
  std::string_view name() const { return raw_->name; }
  std::span<const std::int32_t> shape() const { return {raw_->shape, raw_->rank}; }
  DType dtype() const { return static_cast<DType>(raw_->dtype); }
  std::string_view dtype_name() const { return qrun_dtype_name(raw_->dtype); }
  std::size_t bytes() const { return raw_->bytes; }
  bool quantized() const { return raw_->scale_count > 0; }
  // real = scale * (q - zero_point); the first of them where there is one per channel.
  float scale(std::size_t index = 0) const { return std::bit_cast<float>(raw_->scale_bits[index]); }
  std::int32_t zero_point(std::size_t index = 0) const {
    return index < raw_->zero_point_count ? raw_->zero_points[index] : 0;
  }
  const qrun_tensor_info& raw() const { return *raw_; }

 private:
  const qrun_tensor_info* raw_;
};

// A checked model file, read in place. Move-only; plans and sessions made from it keep what they need alive.
class Model {
 public:
  static Result<Model> from_file(const char* path) {
    Status status;
    qrun_model* raw = nullptr;
    if (qrun_model_open(path, &raw, status.raw()) != QRUN_OK) return status;
    return Model(raw);
  }
  // Borrows: the bytes must stay unchanged while the model or anything made from it lives. Aligned to 8 bytes.
  static Result<Model> from_buffer(std::span<const std::byte> bytes) {
    Status status;
    qrun_model* raw = nullptr;
    if (qrun_model_borrow(bytes.data(), bytes.size(), &raw, status.raw()) != QRUN_OK) return status;
    return Model(raw);
  }

  std::size_t input_count() const { return qrun_model_input_count(raw()); }
  std::size_t output_count() const { return qrun_model_output_count(raw()); }
  TensorInfo input(std::size_t index) const { return TensorInfo(qrun_model_input(raw(), index)); }
  TensorInfo output(std::size_t index) const { return TensorInfo(qrun_model_output(raw(), index)); }
  std::size_t label_count() const { return qrun_model_label_count(raw()); }
  std::string_view label(std::size_t index) const { return qrun_model_label(raw(), index); }
  const qrun_model* raw() const { return raw_.get(); }

 private:
  struct Release {
    void operator()(qrun_model* model) const { qrun_model_release(model); }
  };
  explicit Model(qrun_model* raw) : raw_(raw) {}
  std::unique_ptr<qrun_model, Release> raw_;
};

struct PlanOptions {
  int threads = 0;               // 1 to 256, of every session; 0: as many as cpu_list names, else 1
  const char* isa = nullptr;     // a row's name; null: the environment's QRUN_ISA, else the best this CPU has
  bool preserve_inputs = false;  // a run leaves the inputs' bytes as they were, for some arena
  int batch = 1;                 // samples that a run computes at once
  qrun_bands bands = QRUN_BANDS_AUTO;
  int band_rows = 0;                 // the rows of every band; 0: as many as fit the cache
  const char* pack_cache = nullptr;  // a folder that keeps packed weights for the next plan, as trusted as the program
  const char* cpu_list = nullptr;    // "4-7": pins a session's thread i to the i-th; see qrun_plan_options.cpu_list
};

// A model compiled for this machine: share one among the sessions of a program.
class Plan {
 public:
  static Result<Plan> create(const Model& model, const PlanOptions& options = {}) {
    Status status;
    qrun_plan* raw = nullptr;
    const qrun_plan_options c_options{options.isa,        options.threads,   options.preserve_inputs ? 1 : 0,
                                      options.bands,      options.band_rows, options.batch,
                                      options.pack_cache, options.cpu_list};
    if (qrun_plan_create(model.raw(), &c_options, &raw, status.raw()) != QRUN_OK) return status;
    return Plan(raw);
  }

  std::string_view isa() const { return qrun_plan_isa(raw()); }
  int threads() const { return qrun_plan_threads(raw()); }
  int batch() const { return qrun_plan_batch(raw()); }
  std::size_t arena_bytes() const { return qrun_plan_arena_bytes(raw()); }
  // What no layout could do with less than: see qrun_plan_arena_lower_bound.
  std::size_t arena_lower_bound() const { return qrun_plan_arena_lower_bound(raw()); }
  std::size_t packed_bytes() const { return qrun_plan_packed_bytes(raw()); }
  std::size_t step_count() const { return qrun_plan_step_count(raw()); }
  const qrun_step_info& step(std::size_t index) const { return *qrun_plan_step(raw(), index); }
  // Moves the calling thread to its place beside the sessions' own threads: see qrun_plan_pin_caller.
  Status pin_caller() const {
    Status status;
    qrun_plan_pin_caller(raw(), status.raw());
    return status;
  }
  const qrun_plan* raw() const { return raw_.get(); }

 private:
  struct Release {
    void operator()(qrun_plan* plan) const { qrun_plan_release(plan); }
  };
  explicit Plan(qrun_plan* raw) : raw_(raw) {}
  std::unique_ptr<qrun_plan, Release> raw_;
};

// One arena and its threads. Use it from one thread at a time.
class Session {
 public:
  static Result<Session> create(const Model& model, const PlanOptions& options = {}) {
    Result<Plan> plan = Plan::create(model, options);
    if (!plan) return plan.status();
    return create(*plan);
  }
  // With an arena: borrowed, at least plan.arena_bytes() long, aligned to 64 bytes.
  static Result<Session> create(const Plan& plan, std::span<std::byte> arena = {}) {
    Status status;
    qrun_session* raw = nullptr;
    if (qrun_session_create(plan.raw(), arena.data(), arena.size(), &raw, status.raw()) != QRUN_OK) return status;
    return Session(raw);
  }

  // The input's elements, of all samples one after the other, to be filled before every run. Empty where the index or
  // the type is wrong.
  template <class T>
  std::span<T> input(std::size_t index) {
    return view<T>(qrun_model_input(model(), index), qrun_session_input(raw(), index),
                   qrun_plan_input_bytes(plan(), index));
  }
  template <class T>
  std::span<T> input(std::string_view name) {
    return input<T>(find(name, qrun_model_input, qrun_model_input_count(model())));
  }
  // The output's elements, of all samples one after the other, valid after a run and until the next.
  template <class T>
  std::span<const T> output(std::size_t index) const {
    return view<const T>(qrun_model_output(model(), index), qrun_session_output(raw(), index),
                         qrun_plan_output_bytes(plan(), index));
  }
  template <class T>
  std::span<const T> output(std::string_view name) const {
    return output<T>(find(name, qrun_model_output, qrun_model_output_count(model())));
  }

  // Samples of a run.
  int batch() const { return qrun_plan_batch(plan()); }

  // Cannot fail: all that could was checked before.
  void run() { qrun_session_run(raw_.get()); }
  void run_step(std::size_t step) { qrun_session_run_step(raw_.get(), step); }
  qrun_session* raw() const { return raw_.get(); }

 private:
  struct Release {
    void operator()(qrun_session* session) const { qrun_session_release(session); }
  };
  explicit Session(qrun_session* raw) : raw_(raw) {}

  const qrun_model* model() const { return qrun_session_model(raw()); }
  const qrun_plan* plan() const { return qrun_session_plan(raw()); }

  template <class T>
  static constexpr bool is_dtype(std::int32_t dtype) {
    using Element = std::remove_const_t<T>;
    if constexpr (std::is_same_v<Element, std::byte>) return true;
    if constexpr (std::is_same_v<Element, std::int8_t>) return dtype == QRUN_INT8;
    if constexpr (std::is_same_v<Element, std::uint8_t>) return dtype == QRUN_UINT8;
    if constexpr (std::is_same_v<Element, std::int32_t>) return dtype == QRUN_INT32;
    return std::is_same_v<Element, std::int64_t> && dtype == QRUN_INT64;
  }
  template <class T, class Pointer>
  static std::span<T> view(const qrun_tensor_info* info, Pointer data, std::size_t bytes) {
    if (info == nullptr || !is_dtype<T>(info->dtype)) return {};
    return {static_cast<T*>(data), bytes / sizeof(T)};
  }
  std::size_t find(std::string_view name, const qrun_tensor_info* (*info)(const qrun_model*, std::size_t),
                   std::size_t count) const {
    for (std::size_t i = 0; i < count; ++i) {
      if (name == info(model(), i)->name) return i;
    }
    return count;
  }

  std::unique_ptr<qrun_session, Release> raw_;
};

// SHA-256, incremental: a digest over several buffers needs no copy.
class Sha256 {
 public:
  using Digest = std::array<std::uint8_t, 32>;
  // Of one buffer.
  static Digest of(std::span<const std::byte> bytes) { return Sha256().update(bytes).finish(); }

  Sha256() { qrun_sha256_begin(&state_); }
  Sha256& update(std::span<const std::byte> bytes) {
    qrun_sha256_update(&state_, bytes.data(), bytes.size());
    return *this;
  }
  // Once, after the last update.
  Digest finish() {
    Digest digest;
    qrun_sha256_end(&state_, digest.data());
    return digest;
  }

 private:
  qrun_sha256_state state_;
};

}  // namespace qrun

#endif  // QRUN_QRUN_HPP_
