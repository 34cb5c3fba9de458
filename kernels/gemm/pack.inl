// The packed form of a convolution's constants: what a gemm micro-kernel reads in the order it reads it.
//
//   Head | padding run | group 0: panel 0, panel 1, ... | group 1: ...
//   panel: PanelHeader | constants of each vector | weights [steps][vectors * lanes][KR] | weights of the extra steps,
//          likewise | ExtraStep [extra steps], at the end
//
// A panel is `vectors` accumulator vectors wide (NR = vectors * lanes output channels). K goes by runs: activations
// that are neighbours in memory for every output pixel, a kernel row's or a tap's. Each is filled up with zero weights
// to a multiple of KR, a step, and the last one to what the ISA takes at once. Panels of a group differ in width by at
// most one vector, so that none is left much narrower than the rest.
//
// Zero points are folded into the bias, modulo 2^32 (the true sum fits), and into the weights. Less its zero point a
// weight is in [-255, 255] and may not fit int8: it is split in terms that do, and the step it is in comes again, as an
// extra step, with the terms that are left. Such weights are rare, as trained ones seldom reach both ends of the range:
// a layer of MobileNet has one or two. So no sum of activations is needed, which would cost every pixel.

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>

#include "kernels/kernels.h"
#include "kernels/requantize.inl"

namespace qrun::kernels {
namespace {

constexpr std::size_t round_up(std::size_t value, std::size_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

struct alignas(64) PanelHeader {
  std::size_t bytes;  // of the panel
  Form form;
  std::int32_t vectors, columns;
  std::int32_t extra_steps;
};

// A step that comes again: `depth` activations into a run.
struct ExtraStep {
  std::int32_t run, depth;
};

struct Panel {
  int vectors;
  std::int32_t column, columns;  // output channels of the group that it holds
};

// The sizes that packing and running derive from the same parameters.
template <class Isa>
struct GemmShape {
  // Whether activations are widened before use: their runs then lie one after the other.
  static constexpr bool kWidens = sizeof(typename Isa::Activation) > sizeof(typename Isa::Stored);

  explicit GemmShape(const ConvParams& p)
      : channels(p.input_channels / p.groups),
        columns(p.output_channels / p.groups),
        run_columns(p.groups == 1 && (p.dilation_width == 1 || p.kernel_width == 1) ? p.kernel_width : 1),
        runs(p.kernel_height * (p.kernel_width / run_columns)),
        run_length(run_columns * channels),
        run_depth(round_up(static_cast<std::size_t>(run_length), Isa::kKr)),
        depth(round_up(static_cast<std::size_t>(runs) * run_depth, Isa::kDepthStep)),
        padding_bytes(round_up(run_depth, kPackedAlignment)),
        vectors((columns + Isa::kLanes - 1) / Isa::kLanes),
        panels(vectors / max_vectors(p) + (vectors % max_vectors(p) > 0 ? 1 : 0)) {}

  // A single pixel leaves registers for wider panels, and the fewer panels, the less often its sums are waited for.
  static std::int32_t max_vectors(const ConvParams& p) {
    return p.batch * p.output_height * p.output_width == 1 ? Isa::kMaxVectorsOfOneRow : Isa::kMaxVectors;
  }

  // Calls visit(panel) for the panels of a group, in order.
  template <class Visit>
  void for_each_panel(Visit visit) const {
    std::int32_t column = 0;
    for (int i = 0; i < panels; ++i) {
      const int width = vectors / panels + (i < vectors % panels ? 1 : 0);
      const std::int32_t rest = columns - column;
      const std::int32_t taken = rest < width * Isa::kLanes ? rest : width * Isa::kLanes;
      visit(Panel{width, column, taken});
      column += taken;
    }
  }

  std::int32_t channels;     // input channels of a group
  std::int32_t columns;      // output channels of a group
  std::int32_t run_columns;  // input columns of a run
  std::int32_t runs, run_length;
  std::size_t run_depth;  // run_length, filled up to a multiple of KR
  std::size_t depth;      // K, filled up
  std::size_t padding_bytes;
  std::int32_t vectors, panels;  // of a group
};

// The sizes, derived once, and the kernel's own of blocks of pixels.
template <class Isa, class Block>
struct Head {
  GemmShape<Isa> shape;
  Block block;

  static const Head& of(const std::uint8_t* packed) { return *reinterpret_cast<const Head*>(packed); }
  // A run of input zero points.
  const std::uint8_t* padding() const {
    return reinterpret_cast<const std::uint8_t*>(this) + round_up(sizeof(Head), kPackedAlignment);
  }
  const std::uint8_t* panels() const { return padding() + shape.padding_bytes; }
};

// Term number `index` of a weight less its zero point, [-255, 255]: the sum of all is the weight, the fourth is 0.
inline std::int32_t weight_term(std::int32_t weight, int index) {
  for (;; --index) {
    const std::int32_t term = weight < -128 ? -128 : weight > 127 ? 127 : weight;
    if (index == 0) return term;
    weight -= term;
  }
}

// The weights of one panel: those of output channels [first_channel, first_channel + panel.columns).
template <class Isa>
class PanelWeights {
 public:
  PanelWeights(const ConvParams& params, const ConvConstants& source, const GemmShape<Isa>& shape, const Panel& panel,
               std::int32_t first_channel)
      : shape_(shape),
        row_bytes_(static_cast<std::size_t>(shape.runs) * static_cast<std::size_t>(shape.run_length)),
        first_(source.weights + static_cast<std::size_t>(first_channel) * row_bytes_),
        flip_(source.weights_flip),
        zero_point_(params.weight_zero_point),
        columns_(panel.columns),
        step_bytes_(static_cast<std::size_t>(panel.vectors) * Isa::kLanes * Isa::kKr),
        splits_(any_splits()) {
    for (int byte = 0; byte < 256; ++byte) {
      const std::int32_t weight = static_cast<std::int8_t>(byte ^ flip_) - zero_point_;
      for (int term = 0; term < kMaxTerms; ++term) {
        term_[term][byte] = static_cast<std::int8_t>(weight_term(weight, term));
      }
    }
  }

  std::size_t step_bytes() const { return step_bytes_; }

  // Writes one term of the weights of a step.
  void write_step(std::int32_t run, std::int32_t depth, int term, std::int8_t* step) const {
    const std::int8_t* term_of = term_[term];
    const std::uint8_t* from = at(run, depth);
    const std::int32_t rest = shape_.run_length - depth, count = rest < Isa::kKr ? rest : Isa::kKr;
    for (std::int32_t column = 0; column < columns_; ++column, step += Isa::kKr, from += row_bytes_) {
      for (std::int32_t k = 0; k < count; ++k) step[k] = term_of[from[k]];
    }
  }

  // Calls visit(run, depth, term) for the extra steps.
  template <class Visit>
  void for_each_extra_step(Visit visit) const {
    if (!splits_) return;
    for (std::int32_t run = 0; run < shape_.runs; ++run) {
      for (std::int32_t depth = 0; depth < shape_.run_length; depth += Isa::kKr) {
        const int terms = terms_of_step(run, depth);
        for (int term = 1; term < terms; ++term) visit(run, depth, term);
      }
    }
  }

  // The sum of a column's weights, modulo 2^32.
  std::uint32_t sum(std::int32_t column) const {
    const std::uint8_t* row = first_ + static_cast<std::size_t>(column) * row_bytes_;
    std::uint32_t total = 0;
    for (std::size_t k = 0; k < row_bytes_; ++k) {
      total += static_cast<std::uint32_t>(static_cast<std::int8_t>(row[k] ^ flip_));
    }
    return total - static_cast<std::uint32_t>(zero_point_) * static_cast<std::uint32_t>(row_bytes_);
  }

 private:
  static constexpr int kMaxTerms = 3;

  const std::uint8_t* at(std::int32_t run, std::int32_t depth) const {
    return first_ + static_cast<std::size_t>(run) * static_cast<std::size_t>(shape_.run_length) +
           static_cast<std::size_t>(depth);
  }
  bool any_splits() const {
    if (zero_point_ == 0) return false;
    std::int8_t least = 127, greatest = -128;
    const std::size_t count = static_cast<std::size_t>(columns_) * row_bytes_;
    for (std::size_t i = 0; i < count; ++i) {
      const auto weight = static_cast<std::int8_t>(first_[i] ^ flip_);
      least = weight < least ? weight : least;
      greatest = weight > greatest ? weight : greatest;
    }
    return least - zero_point_ < -128 || greatest - zero_point_ > 127;
  }
  int terms_of_step(std::int32_t run, std::int32_t depth) const {
    const std::uint8_t* from = at(run, depth);
    int terms = 1;
    for (std::int32_t column = 0; column < columns_; ++column, from += row_bytes_) {
      for (std::int32_t k = 0; k < Isa::kKr && depth + k < shape_.run_length; ++k) {
        while (terms < kMaxTerms && term_[terms][from[k]] != 0) ++terms;
      }
    }
    return terms;
  }

  const GemmShape<Isa>& shape_;
  std::size_t row_bytes_;
  const std::uint8_t* first_;
  std::uint8_t flip_;
  std::int32_t zero_point_, columns_;
  std::size_t step_bytes_;
  bool splits_;  // whether a weight has a second term
  std::int8_t term_[kMaxTerms][256];
};

template <class Isa>
std::size_t panel_bytes(const GemmShape<Isa>& shape, const Panel& panel, std::size_t step_bytes,
                        std::int32_t extra_steps) {
  const auto extra = static_cast<std::size_t>(extra_steps);
  return round_up(sizeof(PanelHeader) + static_cast<std::size_t>(panel.vectors) * sizeof(typename Isa::Constants) +
                      (shape.depth / Isa::kKr + extra) * step_bytes + extra * sizeof(ExtraStep),
                  kPackedAlignment);
}

template <class Isa, class Block>
std::size_t packed_bytes(const ConvParams& params, const ConvConstants& source) {
  const GemmShape<Isa> shape(params);
  std::size_t bytes = round_up(sizeof(Head<Isa, Block>), kPackedAlignment) + shape.padding_bytes;
  for (std::int32_t group = 0; group < params.groups; ++group) {
    shape.for_each_panel([&](const Panel& panel) {
      const PanelWeights<Isa> weights(params, source, shape, panel, group * shape.columns + panel.column);
      std::int32_t extra_steps = 0;
      weights.for_each_extra_step([&](std::int32_t, std::int32_t, int) { ++extra_steps; });
      bytes += panel_bytes(shape, panel, weights.step_bytes(), extra_steps);
    });
  }
  return bytes;
}

// The constants of a panel's vectors; returns the form that serves all its channels.
template <class Isa>
Form pack_constants(const ConvParams& params, const ConvConstants& source, const PanelWeights<Isa>& weights,
                    std::int32_t first_channel, std::int32_t columns, typename Isa::Constants* constants) {
  const auto rescale_of = [&](std::int32_t channel) {
    return simplify(source.rescale[source.rescale_count == 1 ? 0 : channel], source.accumulator_bound[channel]);
  };
  Form form = Form::kRightShiftClamped;
  for (std::int32_t channel = first_channel; channel < first_channel + columns; ++channel) {
    const Form needed =
        form_of(rescale_of(channel), source.accumulator_bound[channel], params.output_zero_point, params.clamp);
    if (needed > form) form = needed;
  }
  for (std::int32_t column = 0; column < columns; ++column) {
    const std::int32_t channel = first_channel + column;
    auto& vector = constants[column / Isa::kLanes];
    const int lane = column % Isa::kLanes;
    set_lane(vector, lane, form, rescale_of(channel), params.output_zero_point);
    const std::uint32_t start = source.bias != nullptr ? static_cast<std::uint32_t>(source.bias[channel]) : 0;
    vector.bias[lane] = wrapping_add(vector.bias[lane],
                                     start - static_cast<std::uint32_t>(params.input_zero_point) * weights.sum(column));
  }
  return form;
}

// One panel, on zeroed memory; returns its bytes.
template <class Isa>
std::size_t pack_panel(const ConvParams& params, const ConvConstants& source, const GemmShape<Isa>& shape,
                       const Panel& panel, std::int32_t first_channel, std::uint8_t* packed) {
  const PanelWeights<Isa> weights(params, source, shape, panel, first_channel);
  auto* header = reinterpret_cast<PanelHeader*>(packed);
  auto* constants = reinterpret_cast<typename Isa::Constants*>(header + 1);
  header->vectors = panel.vectors;
  header->columns = panel.columns;
  header->form = pack_constants<Isa>(params, source, weights, first_channel, panel.columns, constants);
  auto* step = reinterpret_cast<std::int8_t*>(constants + panel.vectors);
  for (std::int32_t run = 0; run < shape.runs; ++run) {
    for (std::size_t depth = 0; depth < shape.run_depth; depth += Isa::kKr, step += weights.step_bytes()) {
      weights.write_step(run, static_cast<std::int32_t>(depth), 0, step);
    }
  }
  weights.for_each_extra_step([&](std::int32_t run, std::int32_t depth, int term) {
    weights.write_step(run, depth, term, step);
    step += weights.step_bytes();
    ++header->extra_steps;
  });
  header->bytes = panel_bytes(shape, panel, weights.step_bytes(), header->extra_steps);
  auto* extra = reinterpret_cast<ExtraStep*>(packed + header->bytes) - header->extra_steps;
  weights.for_each_extra_step([&](std::int32_t run, std::int32_t depth, int) {
    *extra++ =
        shape.kWidens ? ExtraStep{0, run * static_cast<std::int32_t>(shape.run_depth) + depth} : ExtraStep{run, depth};
  });
  return header->bytes;
}

template <class Isa, class Block>
void pack(const ConvParams& params, const ConvConstants& source, const Block& block, std::uint8_t* packed) {
  // Zeros wherever there is no channel or weight: what is computed from them is never stored.
  std::memset(packed, 0, packed_bytes<Isa, Block>(params, source));
  const GemmShape<Isa> shape(params);
  new (packed) Head<Isa, Block>{shape, block};
  packed += round_up(sizeof(Head<Isa, Block>), kPackedAlignment);
  std::memset(packed, params.input_zero_point, shape.padding_bytes);
  packed += shape.padding_bytes;
  for (std::int32_t group = 0; group < params.groups; ++group) {
    shape.for_each_panel([&](const Panel& panel) {
      packed += pack_panel<Isa>(params, source, shape, panel, group * shape.columns + panel.column, packed);
    });
  }
}

}  // namespace
}  // namespace qrun::kernels
