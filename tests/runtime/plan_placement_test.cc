// Values in the arena: a simulation of random plans that remembers, byte by byte, whose bytes they are. It knows
// nothing of lifetimes: a value that was overwritten too early is found when it is read.

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "runtime/plan/draft.h"

namespace qrun::runtime {
namespace {

constexpr std::uint64_t kBytes = 64;  // of every value: each can be worked on in place

ValueId add_value(Draft& draft, std::uint64_t bytes = kBytes) {
  draft.values.push_back({bytes, {}});
  return static_cast<ValueId>(draft.values.size() - 1);
}

ValueId add_input(Draft& draft, std::uint64_t bytes = kBytes) {
  const ValueId id = add_value(draft, bytes);
  draft.values[index(id)].is_input = true;
  draft.inputs.push_back(id);
  return id;
}

ValueId add_step(Draft& draft, ValueId a, ValueId b, bool a_in_place, bool b_in_place) {
  DraftStep step;
  step.input[0] = a;
  step.input[1] = b;
  step.in_place[0] = a_in_place;
  step.in_place[1] = b_in_place;
  step.output = add_value(draft, draft.values[index(a)].bytes);
  draft.steps.push_back(step);
  return step.output;
}

void mark_output(Draft& draft, ValueId id) {
  draft.values[index(id)].is_output = true;
  draft.outputs.push_back(id);
}

class Simulation {
 public:
  Simulation(const Draft& draft, std::uint64_t bytes)
      : draft_(draft), owner_(static_cast<std::size_t>(bytes), kNoValue) {}

  void write(ValueId id) {
    const Value& value = draft_.values[index(id)];
    ASSERT_LE(value.location.offset + value.bytes, owner_.size());
    for (std::size_t b = 0; b < value.bytes; ++b) owner_[value.location.offset + b] = id;
  }
  void expect(ValueId id, const char* when) const {
    const Value& value = draft_.values[index(id)];
    for (std::size_t b = 0; b < value.bytes; ++b) {
      ASSERT_EQ(owner_[value.location.offset + b], id) << when << ", byte " << b;
    }
  }
  void run(bool preserve_inputs) {
    for (const ValueId id : draft_.inputs) write(id);
    for (std::size_t s = 0; s < draft_.steps.size(); ++s) {
      const DraftStep& step = draft_.steps[s];
      for (const ValueId id : step.input) {
        if (id != kNoValue) expect(id, ("read by step " + std::to_string(s)).c_str());
      }
      write(step.output);
      for (const int k : {0, 1}) {
        // What is read in another order must survive the writing of the output.
        if (step.input[k] != kNoValue && !step.in_place[k]) expect(step.input[k], "read while its step writes");
      }
    }
    for (const ValueId id : draft_.outputs) expect(id, "graph output");
    if (preserve_inputs) {
      for (const ValueId id : draft_.inputs) expect(id, "preserved input");
    }
    // The next run's inputs are filled while the outputs are read.
    for (const ValueId id : draft_.inputs) {
      if (!draft_.values[index(id)].is_output) write(id);
    }
    for (const ValueId id : draft_.outputs) expect(id, "graph output beside the next inputs");
  }

 private:
  const Draft& draft_;
  std::vector<ValueId> owner_;
};

Draft random_draft(std::mt19937& random) {
  Draft draft;
  for (std::size_t n = 1 + random() % 3; n > 0; --n) add_input(draft, kBytes * (1 + random() % 3));
  const auto any = [&] { return static_cast<ValueId>(random() % draft.values.size()); };
  for (std::size_t n = random() % 30; n > 0; --n) {
    const ValueId a = any();
    const ValueId b = random() % 2 ? any() : kNoValue;
    const bool same_size = b != kNoValue && draft.values[index(a)].bytes == draft.values[index(b)].bytes;
    add_step(draft, a, b, random() % 2, same_size && random() % 2);
  }
  for (std::size_t n = 1 + random() % 3; n > 0; --n) mark_output(draft, any());
  return draft;
}

TEST(Placement, NothingIsOverwrittenBeforeItsLastRead) {
  std::mt19937 random(11);
  for (int round = 0; round < 3000; ++round) {
    for (const bool preserve_inputs : {false, true}) {
      std::mt19937 same(random);
      Draft draft = random_draft(same);
      const std::uint64_t bytes = place_values(draft, preserve_inputs);
      Simulation(draft, bytes).run(preserve_inputs);
      if (HasFatalFailure()) FAIL() << "round " << round << ", preserve_inputs " << preserve_inputs;
    }
    random.discard(200);
  }
}

TEST(Placement, AChainInPlaceNeedsOneBufferBesidesItsEnds) {
  Draft draft;
  ValueId value = add_input(draft);
  for (int i = 0; i < 5; ++i) value = add_step(draft, value, kNoValue, true, false);
  mark_output(draft, value);
  // The input's memory serves until the last step, which must not write the output over it.
  EXPECT_EQ(place_values(draft, false), 2 * kBytes);
  EXPECT_EQ(draft.values[4].location.offset, draft.values[0].location.offset);
  EXPECT_EQ(place_values(draft, true), 2 * kBytes);
  EXPECT_EQ(draft.arena_lower_bound, 2 * kBytes);
}

TEST(Placement, AValueReadLaterIsNotWorkedOnInPlace) {
  Draft draft;
  const ValueId x = add_input(draft);
  const ValueId a = add_step(draft, x, kNoValue, false, false);
  const ValueId b = add_step(draft, a, kNoValue, true, false);
  mark_output(draft, add_step(draft, b, a, false, false));
  place_values(draft, false);
  EXPECT_NE(draft.values[index(a)].location.offset, draft.values[index(b)].location.offset);
}

TEST(Placement, TheSecondInputMayServeWhereTheFirstLivesOn) {
  Draft draft;
  const ValueId x = add_input(draft);
  const ValueId a = add_step(draft, x, kNoValue, false, false);
  const ValueId b = add_step(draft, a, kNoValue, false, false);
  const ValueId sum = add_step(draft, a, b, true, true);
  mark_output(draft, add_step(draft, sum, a, false, false));
  place_values(draft, false);
  EXPECT_EQ(draft.values[index(sum)].location.offset, draft.values[index(b)].location.offset);
}

TEST(Placement, AValueReadInTwoWaysIsNotWorkedOnInPlace) {
  Draft draft;
  const ValueId x = add_input(draft);
  const ValueId a = add_step(draft, x, kNoValue, false, false);
  const ValueId b = add_step(draft, a, a, true, false);
  mark_output(draft, add_step(draft, b, kNoValue, false, false));
  place_values(draft, false);
  EXPECT_NE(draft.values[index(a)].location.offset, draft.values[index(b)].location.offset);
}

}  // namespace
}  // namespace qrun::runtime
