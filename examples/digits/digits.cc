// Embedding qrun, start to finish: load a model, run a test set, read scores.
//
//   digits digits.qfb examples/digits                    the whole test set's accuracy, then one image and its answer
//   digits digits.qfb examples/digits --image 42         another image
//   digits digits.qfb examples/digits --expect 357       exit 1 unless exactly so many answers are right

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "qrun/qrun.hpp"

namespace {

constexpr int kSide = 8;
constexpr std::size_t kPixels = kSide * kSide;
constexpr std::size_t kClasses = 10;

struct Options {
  const char* model = nullptr;
  std::string folder;
  std::size_t image = 5;
  std::optional<std::size_t> expected_right;
};

struct TestSet {
  std::vector<std::int8_t> pixels;  // kPixels an image, quantized as the model's input is
  std::vector<std::int8_t> labels;  // one an image

  std::size_t size() const { return labels.size(); }
  std::span<const std::int8_t> image(std::size_t index) const {
    return std::span(pixels).subspan(index * kPixels, kPixels);
  }
};

std::optional<Options> parse(std::span<char*> arguments) {
  if (arguments.size() < 3 || arguments.size() % 2 == 0) return std::nullopt;
  Options options{.model = arguments[1], .folder = arguments[2], .image = 0, .expected_right = {}};
  for (std::size_t i = 3; i < arguments.size(); i += 2) {
    char* end = nullptr;
    const std::size_t number = std::strtoul(arguments[i + 1], &end, 10);
    if (end == arguments[i + 1] || *end != '\0') return std::nullopt;
    const std::string_view name = arguments[i];
    if (name == "--image") {
      options.image = number;
    } else if (name == "--expect") {
      options.expected_right = number;
    } else {
      return std::nullopt;
    }
  }
  return options;
}

std::vector<std::int8_t> read_bytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::vector<std::int8_t>(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

std::span<const std::int8_t> classify(qrun::Session& session, std::span<const std::int8_t> image) {
  std::ranges::copy(image, session.input<std::int8_t>(0).begin());
  session.run();
  return session.output<std::int8_t>(0);
}

std::size_t count_right(qrun::Session& session, const TestSet& tests) {
  std::size_t right = 0;
  for (std::size_t i = 0; i < tests.size(); ++i) {
    const auto scores = classify(session, tests.image(i));
    right += std::ranges::max_element(scores) - scores.begin() == tests.labels[i];
  }
  return right;
}

void draw(std::span<const std::int8_t> image) {
  constexpr std::string_view kInk = " .:-=+*#%@";
  for (std::size_t i = 0; i < kPixels; ++i) {
    const char ink = kInk[static_cast<std::size_t>(image[i] + 128) * kInk.size() / 256];
    std::printf("%s%c%c%s", i % kSide == 0 ? "  |" : "", ink, ink, i % kSide == kSide - 1 ? "|\n" : "");
  }
}

void print_best(const qrun::Model& model, std::span<const std::int8_t> scores) {
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, std::ranges::greater(), [&](std::size_t index) { return scores[index]; });
  const qrun::TensorInfo info = model.output(0);
  for (const std::size_t index : std::span(order).first(3)) {
    const float probability = info.scale() * static_cast<float>(scores[index] - info.zero_point());
    const std::string name(index < model.label_count() ? model.label(index) : std::to_string(index));
    std::printf("  %-6s %5.1f %%\n", name.c_str(), 100.0 * static_cast<double>(probability));
  }
}

int fail(std::string_view message) {
  std::fprintf(stderr, "digits: %.*s\n", static_cast<int>(message.size()), message.data());
  return 1;
}

}  // namespace

int main(int count, char** values) {
  const auto options = parse({values, static_cast<std::size_t>(count)});
  if (!options) {
    std::fputs("usage: digits MODEL.qfb FOLDER [--image INDEX] [--expect RIGHT_ANSWERS]\n", stderr);
    return 2;
  }

  const auto model = qrun::Model::from_file(options->model);
  if (!model) return fail(model.status().message());
  auto session = qrun::Session::create(*model);
  if (!session) return fail(session.status().message());
  if (session->input<std::int8_t>(0).size() != kPixels || session->output<std::int8_t>(0).size() != kClasses) {
    return fail("the model does not map 8x8 int8 pixels to 10 int8 scores");
  }

  const TestSet tests{read_bytes(options->folder + "/test_images.bin"),
                      read_bytes(options->folder + "/test_labels.bin")};
  if (tests.size() == 0 || tests.pixels.size() != tests.size() * kPixels) {
    return fail("test_images.bin and test_labels.bin in " + options->folder + " are missing or do not fit together");
  }
  if (options->image >= tests.size()) return fail("there are only " + std::to_string(tests.size()) + " images");

  const std::size_t right = count_right(*session, tests);
  std::printf("%zu of %zu test images right (%.1f %%)\n", right, tests.size(),
              100.0 * static_cast<double>(right) / static_cast<double>(tests.size()));
  std::printf("\nimage %zu, labelled %d:\n", options->image, tests.labels[options->image]);
  draw(tests.image(options->image));
  print_best(*model, classify(*session, tests.image(options->image)));

  if (options->expected_right && right != *options->expected_right) {
    return fail("expected " + std::to_string(*options->expected_right) + " right answers");
  }
  return 0;
}
