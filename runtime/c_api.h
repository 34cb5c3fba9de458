// What the C interface's functions share: the opaque structs, and how a Status or an exhausted heap reaches the caller.
//
// The structs hold shared pointers, so that an object keeps alive what it was made from.

#pragma once

#include <memory>
#include <utility>

#include "qrun/qrun.h"
#include "runtime/model.h"
#include "runtime/status.h"

struct qrun_model {
  std::shared_ptr<const qrun::runtime::Model> value;
};

namespace qrun::runtime {

// Copies into the caller's status, if any: the message cut at a character's boundary, control characters replaced.
qrun_code report(const Status& status, qrun_status* out);

// The same without allocating.
qrun_code report_out_of_memory(qrun_status* out);

// Runs `body`, a Status(), and reports what it returns. Only allocation throws in the library.
template <class Body>
qrun_code report_result_of(qrun_status* out, Body&& body) {
  try {
    return report(std::forward<Body>(body)(), out);
  } catch (...) {
    return report_out_of_memory(out);
  }
}

}  // namespace qrun::runtime
