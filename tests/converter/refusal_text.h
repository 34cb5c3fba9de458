// What a Refusal says.

#pragma once

#include <string>

#include "converter/refusal.h"

namespace qrun::test {

// The message of the Refusal that `work` ends with.
template <class Work>
std::string refusal_text(Work&& work) {
  try {
    work();
  } catch (const converter::Refusal& refusal) {
    return refusal.what();
  }
  return "not refused";
}

}  // namespace qrun::test
