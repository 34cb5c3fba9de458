#include "converter/calibrate/image_samples.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <istream>
#include <string_view>

#include "converter/calibrate/array_source.h"
#include "converter/calibrate/conversion.h"
#include "converter/calibrate/image_fit.h"
#include "converter/refusal.h"

namespace qrun::converter::calibrate {
namespace {

namespace fs = std::filesystem;

bool is_image(const fs::path& path) {
  std::string extension = path.extension().string();
  std::ranges::transform(extension, extension.begin(), [](unsigned char c) { return std::tolower(c); });
  constexpr std::string_view kExtensions[] = {".jpeg", ".jpg", ".pgm", ".png", ".ppm"};
  return std::ranges::find(kExtensions, extension) != std::end(kExtensions);
}

std::vector<fs::path> images_below(const fs::path& folder) {
  std::vector<fs::path> paths;
  std::error_code error;
  for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    if (is_image(entry->path()) && fs::is_regular_file(entry->path(), error)) paths.push_back(entry->path());
  }
  if (error) refuse("{}: it cannot be read: {}", folder.string(), error.message());
  if (paths.empty()) refuse("{}: it holds no .png, .jpg or .ppm images; give at least one", folder.string());
  std::ranges::sort(paths);
  return paths;
}

struct InputImage {
  ImageSize size;
  int channels;
};

InputImage input_image(const Tensor& input, bool channels_first) {
  if (input.rank() == 4 && input.shape[0] == 1) {
    const Shape& shape = input.shape;
    const InputImage image =
        channels_first ? InputImage{{shape[3], shape[2]}, shape[1]} : InputImage{{shape[2], shape[1]}, shape[3]};
    if (image.channels == 1 || image.channels == 3) return image;
  }
  refuse("images cannot be put in the input '{}' of shape {}; it must be {}, C being 1 or 3", input.name,
         shape_text(input.shape), channels_first ? "[1,C,H,W]" : "[1,H,W,C]");
}

class ImageSamples : public Samples {
 public:
  ImageSamples(const fs::path& folder, const Tensor& input, const SampleOptions& options)
      : paths_(images_below(folder)), options_(options), input_(input_image(input, options.channels_first)) {
    if (input.dtype != DType::kFloat32) {
      refuse("images are for float32 inputs; the input '{}' is {}", input.name, dtype_name(input.dtype));
    }
    normalization_.emplace(input, options);
    if (options.shorter_side != 0 && options.shorter_side < std::max(input_.size.width, input_.size.height)) {
      refuse("the shorter side of {} pixels is less than the input's {} x {}", options.shorter_side, input_.size.width,
             input_.size.height);
    }
  }

  std::size_t count() const override { return paths_.size(); }

  bool next(std::vector<std::vector<float>>& inputs) override {
    if (done_ == paths_.size()) return false;
    const fs::path& path = paths_[done_++];
    try {
      inputs.assign(1, values_of(fitted(decode(path))));
    } catch (const Refusal& refusal) {
      const std::string_view text = refusal.what();
      if (text.starts_with(path.string())) throw;
      refuse("{}: {}", path.string(), text);
    }
    return true;
  }

 private:
  Image decode(const fs::path& path) const {
    ByteSource file = open_file(path);
    std::vector<std::uint8_t> bytes(room_for(file.size));
    if (!file.stream->read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()))) {
      throw Refusal("it cannot be read");
    }
    return decode_image(bytes, input_.channels);
  }

  Image fitted(const Image& image) const {
    const auto [width, height] = input_.size;
    if (options_.fit == Fit::kStretch) return resized_center(image, input_.size, input_.size);
    const double scale =
        options_.shorter_side > 0
            ? options_.shorter_side / static_cast<double>(std::min(image.width, image.height))
            : std::max(width / static_cast<double>(image.width), height / static_cast<double>(image.height));
    const ImageSize whole = {std::max(width, static_cast<int>(std::lround(image.width * scale))),
                             std::max(height, static_cast<int>(std::lround(image.height * scale)))};
    return resized_center(image, whole, input_.size);
  }

  std::vector<float> values_of(Image image) const {
    std::vector<float> values = std::move(image.pixels);
    if (options_.channels_first) {
      const std::vector<float> pixels = values;
      const auto channels = static_cast<std::size_t>(image.channels), area = pixels.size() / channels;
      for (std::size_t i = 0; i < pixels.size(); ++i) values[i % channels * area + i / channels] = pixels[i];
    }
    normalization_->apply(values);
    return values;
  }

  std::vector<fs::path> paths_;
  SampleOptions options_;
  InputImage input_;
  std::optional<Normalization> normalization_;
  std::size_t done_ = 0;
};

}  // namespace

std::unique_ptr<Samples> image_samples(const fs::path& folder, const Graph& graph, const SampleOptions& options) {
  if (graph.inputs.size() != 1) {
    refuse("{}: images are for networks of one input; this one has {}: give a .npz", folder.string(),
           graph.inputs.size());
  }
  return std::make_unique<ImageSamples>(folder, graph.tensors[graph.inputs[0]], options);
}

}  // namespace qrun::converter::calibrate
