// From a source file's bytes to a .qfb file's, the whole way: read, rewrite, lower, write, load.

#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "converter/calibrate/calibrate.h"
#include "converter/calibrate/report.h"
#include "converter/onnx/reader.h"

namespace qrun::converter {

struct Source {
  std::span<const std::uint8_t> bytes;  // aligned to 8
  std::string name;                     // the file's, without folders; its extension says the format
  std::filesystem::path folder = {};    // where it lies, for sources of several files; empty where there is none
};

// What the extensions of readable sources say.
enum class Format : std::uint8_t { kTflite, kOnnx };

// How a float network becomes integers.
struct Calibration {
  std::vector<std::filesystem::path> data;
  calibrate::SampleOptions samples;
  calibrate::Options options;
  bool report = false;    // measure what the calibration did to each layer: Conversion::report
  bool optimize = false;  // replace the options by others that are measured to be better
  calibrate::Progress progress = [](std::size_t, std::size_t) {};
};

struct ConvertOptions {
  std::vector<std::string> labels;                            // one per class of the first output, or none
  std::vector<std::pair<std::string, std::string>> metadata;  // free entries
  OnnxOptions onnx = {};                                      // of .onnx sources alone
  std::optional<Calibration> calibration = {};                // of float sources
};

struct Conversion {
  std::vector<std::byte> file;     // which the runtime has loaded
  std::vector<std::string> notes;  // what was left out, one line each
  std::optional<calibrate::Report> report;
};

// Of a source that ends like this, if convert() reads any such.
std::optional<Format> format_of(const std::string& name);

// Throws a Refusal for what cannot be converted. The same source and options give the same bytes on every machine.
Conversion convert(const Source& source, const ConvertOptions& options);

}  // namespace qrun::converter
