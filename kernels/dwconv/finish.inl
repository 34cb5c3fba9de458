// From the sums of a group's outputs to their bytes, in the form that the group was packed for.

#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/dwconv/pack.inl"

namespace qrun::kernels {
namespace {

// From two outputs' sums to bytes, one output after the other.
template <class Isa, Form kForm>
class FinishEach {
 public:
  using Vector = typename Isa::Vector;
  explicit FinishEach(const typename Isa::Constants* constants)
      : requantize_{Requantize(constants[0]), Requantize(constants[1])} {}

  template <bool kWhole>
  void store(std::uint8_t* first, std::uint8_t* second, const Vector (&first_sums)[2], const Vector (&second_sums)[2],
             Clamp range, std::ptrdiff_t /*lanes*/) const {
    static_assert(kWhole);
    Isa::store(first, {requantize_[0](first_sums[0]), requantize_[1](first_sums[1])}, range);
    Isa::store(second, {requantize_[0](second_sums[0]), requantize_[1](second_sums[1])}, range);
  }

 private:
  using Requantize = typename Isa::template Requantize<kForm>;
  Requantize requantize_[2];
};

// kRare: not worth code for the usual number of terms.
template <class T, bool kIsRare = false>
struct FinishType {
  using Finish = T;
  static constexpr bool kRare = kIsRare;
};

// Calls visit with a type that names the ISA's Finish for a group: from its sums to the output's bytes.
template <class Isa, class Visit>
void with_finish(const GroupHeader& header, Visit visit) {
  constexpr Form kOnce = kFormOfOnce<typename Isa::Constants>;
  if constexpr (Isa::kWordForms > 0) {
    if (header.words && header.form == kOnce) return visit(FinishType<typename Isa::template Finish<kOnce, true>>{});
  }
  if constexpr (Isa::kWordForms > 2) {
    if (header.words && header.form == Form::kRightShift) {
      return visit(FinishType<typename Isa::template Finish<Form::kRightShift, true>>{});
    }
  }
  if constexpr (Isa::kWordForms > 1) {
    if (header.words) return visit(FinishType<typename Isa::template Finish<Form::kRightShiftClamped, true>>{});
  }
  switch (header.form) {
    case Form::kOnce:
      return visit(FinishType<typename Isa::template Finish<kOnce, false>>{});
    case Form::kRightShiftClamped:
      return visit(FinishType<typename Isa::template Finish<Form::kRightShiftClamped, false>>{});
    case Form::kRightShift:
      return visit(FinishType<typename Isa::template Finish<Form::kRightShift, false>>{});
    case Form::kAny:
      return visit(FinishType<typename Isa::template Finish<Form::kAny, false>>{});
    case Form::kOnceWithTies:
      return visit(FinishType<typename Isa::template Finish<Form::kOnceWithTies, false>, true>{});
  }
}

}  // namespace
}  // namespace qrun::kernels
