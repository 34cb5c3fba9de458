// Google Benchmark's display without a warning that is wrong here.

#pragma once

#include <benchmark/benchmark.h>

#include <memory>
#include <sstream>
#include <string>
#include <vector>

namespace qrun::bench {

// What --benchmark_format asks for, less "Library was built as DEBUG. Timings may be affected.": Debian builds the
// library with its assertions, but the timed loop is inline and compiled as the program is.
class Display : public benchmark::BenchmarkReporter {
 public:
  Display() : inner_(benchmark::CreateDefaultDisplayReporter()) {}

  bool ReportContext(const Context& context) override {
    std::stringstream words;
    inner_->SetErrorStream(&words);
    const bool proceed = inner_->ReportContext(context);
    inner_->SetErrorStream(&GetErrorStream());
    for (std::string line; std::getline(words, line);) {
      if (line.find("Library was built as DEBUG") == std::string::npos) GetErrorStream() << line << '\n';
    }
    return proceed;
  }
  void ReportRuns(const std::vector<Run>& report) override { inner_->ReportRuns(report); }
  void Finalize() override { inner_->Finalize(); }

 private:
  std::unique_ptr<benchmark::BenchmarkReporter> inner_;
};

// Runs what is registered and asked for.
inline void run_benchmarks() {
  Display display;
  benchmark::RunSpecifiedBenchmarks(&display);
}

}  // namespace qrun::bench
