// What lowering makes of a graph: values and steps, before any value has an address.
//
// Values are the plan's own tensors. They are not the file's: one tensor may have two (its stored bytes and, at the
// graph's edge, the file's), and tensors whose bytes are the same share one.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "runtime/plan.h"
#include "runtime/plan/constant_pool.h"

namespace qrun::runtime {

using ValueId = std::int32_t;  // index into Draft::values
inline constexpr ValueId kNoValue = -1;
inline std::size_t index(ValueId id) { return static_cast<std::size_t>(id); }

struct Value {
  std::uint64_t bytes = 0;
  Location location;  // of a constant from the start; of others where place_values() puts them
  bool is_input = false;
  bool is_output = false;
  ValueId whole = kNoValue;  // that this one is a part of, from byte offset_in_whole on
  std::uint64_t offset_in_whole = 0;

  bool is_constant() const {
    return location.space == Location::Space::kPlan || location.space == Location::Space::kFile;
  }
};

// The grain of steps whose units are bytes, so that no two threads write the same cache line.
inline constexpr std::int32_t kCacheLine = 64;

struct DraftStep {
  kernels::KernelFunction run = nullptr;
  std::string kernel;  // its name
  KernelParams params;
  std::int32_t units = 0;
  std::int32_t grain = 1;
  std::int32_t parts = 1;
  ValueId input[2] = {kNoValue, kNoValue};
  ValueId output = kNoValue;
  bool in_place[2] = {false, false};  // whether the output may take that input's memory
  Location constant;
  std::uint64_t scratch_bytes = 0;  // per thread
  std::int64_t macs = 0;
  std::int64_t cycles = 0;        // estimated, on one thread
  std::optional<RowWindow> rows;  // where ranges of units are ranges of image rows
  // Where bands of rows go through several steps: these, and the rows of the last one's output at a time. Then run,
  // params, in_place and constant are unused.
  std::vector<DraftStep> members;
  std::int32_t band_height = 0;
  // For people:
  const char* operator_type = "";
  std::int32_t operator_index = -1;
  std::int32_t tensor = -1;  // in the file, that it writes
};

struct Draft {
  std::vector<Value> values;
  std::vector<DraftStep> steps;
  ConstantPool constants;
  std::vector<ValueId> inputs, outputs;
  std::uint64_t arena_lower_bound = 0;  // of what place_values() returns, whatever the layout

  Value& value(ValueId id) { return values[index(id)]; }
  const Value& value(ValueId id) const { return values[index(id)]; }
};

// Lays out all values that are not constants: in place where a step allows it and its input dies there. Writes the
// values' locations and the lower bound, and returns the bytes they need. preserve_inputs keeps graph inputs alive to
// the end.
std::uint64_t place_values(Draft& draft, bool preserve_inputs);

}  // namespace qrun::runtime
