#include "runtime/plan/row_choice.h"

#include <cstdlib>

namespace qrun::runtime {
namespace {

std::string row_names(bool only_available) {
  std::string names;
  for (const kernels::Row* row : kernels::rows()) {
    if (only_available && !row->available()) continue;
    names.append(names.empty() ? "" : ", ").append(row->name);
  }
  return names;
}

Result<const kernels::Row*> row_named(const std::string& name, const std::string& asked_by) {
  const kernels::Row* row = kernels::find_row(name);
  if (row == nullptr) {
    return invalid_argument("unknown instruction set '" + name + "'" + asked_by + "; this build has " +
                            row_names(false));
  }
  if (!row->available()) {
    return Status{QRUN_UNSUPPORTED, "this CPU or operating system cannot run instruction set '" + name + "'" +
                                        asked_by + "; it can run " + row_names(true)};
  }
  return row;
}

}  // namespace

Result<const kernels::Row*> choose_row(const std::string& isa) {
  if (!isa.empty()) return row_named(isa, "");
  const char* from_environment = std::getenv("QRUN_ISA");
  if (from_environment != nullptr && *from_environment != '\0') {
    return row_named(from_environment, " (from the environment's QRUN_ISA)");
  }
  return &kernels::best_row();
}

}  // namespace qrun::runtime
