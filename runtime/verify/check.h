// What the checks of all operator families share: views of tensors and operators, and checks that word their failures.
//
// A check that fails returns a Status whose message says what is wrong and what would be right; which operator it is
// about is put in front once, by graph.cc.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/kernels.h"
#include "qfb_generated.h"
#include "runtime/status.h"
#include "runtime/tensor.h"

namespace qrun::runtime::verify {

using Extents = std::vector<std::int64_t>;  // a shape computed, not yet known to be reasonable

struct TensorView {
  const qfb::Tensor* table = nullptr;
  std::size_t index = 0;
  qfb::DType dtype = qfb::DType::int8;
  Shape shape;
  std::int64_t elements = 0;
  const std::uint8_t* data = nullptr;  // constants only

  std::size_t rank() const { return shape.size(); }
  std::string label() const;  // 'conv1/Relu', or "tensor 7" where it has no name
};

// Keeps checking linear in the file's size although operators may share constants: each check that reads a vector
// spends its length, and a file whose sharing multiplies its size without bound is refused.
class WorkBudget {
 public:
  explicit WorkBudget(std::size_t file_bytes) : left_(kFactor * static_cast<std::int64_t>(file_bytes)) {}
  Status spend(std::int64_t amount);

 private:
  static constexpr std::int64_t kFactor = 256;
  std::int64_t left_;
};

// An operator whose tensor indices are known to be good.
struct OperatorView {
  std::vector<const TensorView*> inputs;  // null where an optional one is absent
  const TensorView* output = nullptr;
  WorkBudget* budget = nullptr;
  std::uint32_t format_version = 0;  // that the file states

  const TensorView& x() const { return *inputs[0]; }
  const TensorView& y() const { return *output; }
};

// ---- Text ----

inline void append(std::string& out, std::string_view part) { out += part; }
inline void append(std::string& out, std::int64_t number) { out += std::to_string(number); }
void append(std::string& out, Shape shape);
void append(std::string& out, const Extents& extents);
void append(std::string& out, qfb::DType dtype);

template <class... Parts>
std::string text(const Parts&... parts) {
  std::string out;
  (append(out, parts), ...);
  return out;
}

template <class... Parts>
Status refuse(const Parts&... parts) {
  return invalid_model(text(parts...));
}

// A name from the file, in quotes, cut where it is absurdly long.
std::string quoted(const flatbuffers::String* name);

// ---- Numbers ----

struct Interval {
  std::int64_t min, max;
  bool contains(std::int64_t value) const { return min <= value && value <= max; }
  // The greatest |value - zero_point|.
  std::int64_t reach(std::int64_t zero_point) const;
};

bool is_8_bit(qfb::DType dtype);
Interval range_of(qfb::DType dtype);  // of an 8-bit one

Status out_of_range(std::string_view field, std::int64_t value, Interval allowed);
inline Status check_in(std::string_view field, std::int64_t value, Interval allowed) {
  return allowed.contains(value) ? Status{} : out_of_range(field, value, allowed);
}
Status check_zero_point(std::string_view field, std::int32_t value, qfb::DType dtype);
Status check_clamp(const qfb::Clamp* clamp, qfb::DType dtype);
Status check_rescale(std::string_view field, const qfb::Rescale* rescale);

// That the file states a version that has the field: older readers would ignore it, and compute something else.
Status check_version_of(std::string_view field, const OperatorView& op, std::uint32_t since);

// That rescale(x) + offset stays in int32 for every |x| <= bound.
Status check_fits(std::string_view field, const qfb::Rescale& rescale, std::int64_t bound, std::int64_t offset);

// ---- Operands ----

// That there are `required` inputs, then at most `optional` more; only those may be absent (-1).
Status check_inputs(const OperatorView& op, std::size_t required, std::size_t optional = 0);
Status check_8_bit(const TensorView& tensor);
Status check_same_dtype(const TensorView& a, const TensorView& b);
Status check_rank(const TensorView& tensor, std::size_t rank);
Status check_axis(std::int32_t axis, std::size_t rank);
Status check_output_shape(const TensorView& output, const Extents& implied);
Extents extents_of(const TensorView& tensor);

// A required vector of the table, of `count` entries.
template <class T>
Status check_count(std::string_view field, const flatbuffers::Vector<T>* entries, std::size_t count) {
  const std::size_t found = entries == nullptr ? 0 : entries->size();
  if (entries != nullptr && found == count) return {};
  return refuse(field, " has ", static_cast<std::int64_t>(found), " entries; it must have ",
                static_cast<std::int64_t>(count));
}

// One unary 8-bit operator of one dtype, such as the elementwise families: input, output, equal shapes.
Status check_unary(const OperatorView& op, bool same_dtype);

}  // namespace qrun::runtime::verify
