// Calibration data: samples for the inputs of a graph, from arrays, raw files or images, read one at a time.

#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "converter/graph.h"

namespace qrun::converter::calibrate {

// How images get the size of the network's input.
enum class Fit : std::uint8_t { kCrop, kStretch };

struct SampleOptions {
  // What a pixel in 0..255 stands for is (pixel - mean) / deviation: one of each, or one per channel. Images and uint8
  // arrays for float32 inputs need them; for numbers in 0..1 they are 0 and 255.
  std::vector<float> mean, deviation;
  // Of the graph's input: [N,C,H,W] rather than [N,H,W,C].
  bool channels_first = false;
  Fit fit = Fit::kCrop;
  // With kCrop: the image's shorter side before its center is cut out; 0 is as short as the input allows.
  int shorter_side = 0;
};

class Samples {
 public:
  virtual ~Samples() = default;

  virtual std::size_t count() const = 0;  // at least 1

  // Replaces `inputs` by the next sample: the elements of each graph input, as Executor::run() takes them. False after
  // the last one. Refuses, naming file and sample, what cannot be read or is no finite number.
  virtual bool next(std::vector<std::vector<float>>& inputs) = 0;
};

// From one of
//   a folder of .png, .jpg and .ppm images, also in folders below, in the order of their paths, for a graph of one
//   input; one .npz, with an array for each input, by name, or with one array for the only input; one .npy or raw file
//   for each input, in order. Raw are elements of the input's own type, little-endian.
// Arrays and raw files hold sample after sample: [samples, ...] and then the input's shape, whose batch of 1 may be
// left out. Little-endian float16, float32 and float64 arrays are for float32 inputs, int8 and uint8 ones for such
// inputs, whose scale and zero point then apply. Everything but the elements is checked here. The graph must outlive
// the result.
std::unique_ptr<Samples> open_samples(const std::vector<std::filesystem::path>& paths, const Graph& graph,
                                      const SampleOptions& options);

}  // namespace qrun::converter::calibrate
