// The qrun command's arguments.

#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "qrun/qrun.h"

namespace qrun::tools {

struct Options {
  std::string model;
  std::vector<std::string> inputs;   // one per graph input, in order
  std::vector<std::string> outputs;  // none, or one per graph output, in order
  std::size_t top_k = 0;             // 0: not asked for
  std::string labels;                // a file; empty: the model's own
  int threads = 0;                   // 0: as many as cpu_list names, else 1
  std::string cpu_list;
  int batch = 1;  // samples that a run computes at once
  qrun_bands bands = QRUN_BANDS_AUTO;
  std::string isa;         // empty: QRUN_ISA, else the best
  std::string pack_cache;  // a folder; empty: none
  std::string dump;        // a folder; empty: not asked for
  int repeat = 0;          // 0: not asked for
  int warmup = 10;
  bool profile = false;
  bool digest = false;
  bool json = false;
  bool list_isa = false;

  // Whether the outputs are described on stdout: the default, and what --top-k and --labels ask for beside others.
  bool summary() const;
};

void declare_options(CLI::App& app, Options& options);

// What the parser cannot see: files named twice, a model without inputs. Throws Failure.
void check_options(const Options& options);

}  // namespace qrun::tools
