// How the runtime reports failure inside: a Status with the operator it is about, and Result<T>.
//
// The C interface copies these into the caller's qrun_status. Nothing throws; nothing prints.

#pragma once

#include <optional>
#include <string>
#include <utility>

#include "qrun/qrun.h"

namespace qrun::runtime {

struct Status {
  qrun_code code = QRUN_OK;
  std::string message;      // one line: what is wrong, where, what to do
  int operator_index = -1;  // in the file's order

  bool ok() const { return code == QRUN_OK; }
};

inline Status invalid_model(std::string message) { return {QRUN_INVALID_MODEL, std::move(message), -1}; }
inline Status invalid_argument(std::string message) { return {QRUN_INVALID_ARGUMENT, std::move(message), -1}; }

template <class T>
class Result {
 public:
  Result(T value) : value_(std::move(value)) {}          // NOLINT(google-explicit-constructor)
  Result(Status status) : status_(std::move(status)) {}  // NOLINT(google-explicit-constructor)
  bool ok() const { return value_.has_value(); }
  const Status& status() const { return status_; }
  T& operator*() { return *value_; }
  T* operator->() { return &*value_; }

 private:
  std::optional<T> value_;
  Status status_;
};

}  // namespace qrun::runtime

// Returns the failure of `expression`, a Status, from the function it stands in.
#define QRUN_RETURN_IF_ERROR(expression)                                                              \
  do {                                                                                                \
    if (::qrun::runtime::Status qrun_status_ = (expression); !qrun_status_.ok()) return qrun_status_; \
  } while (false)
