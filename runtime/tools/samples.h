// The input files cut into samples.

#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "qrun/qrun.hpp"

namespace qrun::tools {

class Samples {
 public:
  // Reads one file per graph input. Throws Failure where their number or sizes do not fit the model.
  static Samples read(const Model& model, const std::vector<std::string>& paths);

  std::size_t count() const { return count_; }
  // Fills the session's inputs with samples from number `first` on; behind the last one comes the first again.
  void load(Session& session, std::size_t first) const;
  // Frees their bytes: nothing is loaded any more.
  void release() { inputs_.clear(); }

 private:
  std::vector<std::vector<std::byte>> inputs_;  // all samples of each input
  std::size_t count_ = 0;
};

}  // namespace qrun::tools
