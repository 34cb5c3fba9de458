// The network between a reader and the lowering: tensors and operators as the source means them, in real numbers.
//
// Every source format is read into this form, every pass rewrites it in place, and the lowering turns it into the
// integers of the file. Reading has already resolved what is only spelling: SQUEEZE is a Reshape, SPLIT is Slices,
// and parameters that the source keeps in constant tensors are plain vectors here.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace qrun::converter {

// What sources may hold; only 8-bit activations, and int32 and int64 beside them, can be converted.
enum class DType : std::uint8_t { kFloat32, kFloat16, kInt4, kInt8, kUInt8, kInt16, kInt32, kInt64, kBool, kOther };

std::string_view dtype_name(DType dtype);
std::size_t dtype_bytes(DType dtype);  // of one element; 0 where elements are not whole bytes or unknown
inline bool is_8_bit(DType dtype) { return dtype == DType::kInt8 || dtype == DType::kUInt8; }
inline bool is_index(DType dtype) { return dtype == DType::kInt32 || dtype == DType::kInt64; }

using Shape = std::vector<std::int32_t>;

std::string shape_text(const Shape& shape);  // "[1,49,10,1]"

// real = scale * (q - zero_point), as the source states it: the lowering checks what it uses.
struct Quantization {
  std::vector<float> scales;  // none, one, or one per index of `dimension`
  std::vector<std::int64_t> zero_points;
  std::size_t dimension = 0;
  bool operator==(const Quantization&) const = default;
};

struct Tensor {
  std::string name;
  Shape shape;  // every extent >= 0, fewer than 2^31 bytes in all; but see Unsupported
  DType dtype = DType::kOther;
  Quantization quantization;
  bool is_constant = false;
  std::span<const std::uint8_t> data;  // constants only: little-endian, row-major, exactly the shape's bytes

  std::size_t rank() const { return shape.size(); }
  std::int64_t elements() const;
};

// ---- Operators
// -------------------------------------------------------------------------------------------------------

// A clamp of real numbers.
struct Activation {
  float min, max;
  bool operator==(const Activation&) const = default;
  static const Activation kNone, kRelu, kRelu6, kReluN1To1, kRelu0To1;
};
inline constexpr float kInfinity = std::numeric_limits<float>::infinity();
inline constexpr Activation Activation::kNone{-kInfinity, kInfinity};
inline constexpr Activation Activation::kRelu{0, kInfinity};
inline constexpr Activation Activation::kRelu6{0, 6};
inline constexpr Activation Activation::kReluN1To1{-1, 1};
inline constexpr Activation Activation::kRelu0To1{0, 1};

enum class PaddingRule : std::uint8_t { kValid, kSame };

// The explicit pads come first; the rule then sees the padded image.
struct Window {
  PaddingRule rule = PaddingRule::kValid;
  std::int32_t stride_height = 1, stride_width = 1;
  std::int32_t dilation_height = 1, dilation_width = 1;
  std::int32_t pad_top = 0, pad_left = 0, pad_bottom = 0, pad_right = 0;
};

// Linear operators round their results twice, as TensorFlow Lite does, or once: docs/arithmetic.md, Rounding once.
enum class Rounding : std::uint8_t { kTwice, kOnce };

// Inputs: x [N,H,W,C], weights [O,KH,KW,C/groups], bias [O] or kAbsent.
struct Conv2D {
  Window window;
  Activation activation;
  Rounding rounding = Rounding::kTwice;
};
// Inputs: x [N,H,W,C], weights [1,KH,KW,O], bias [O] or kAbsent.
struct DepthwiseConv2D {
  Window window;
  Activation activation;
  Rounding rounding = Rounding::kTwice;
};
// Inputs: x viewed as [numel/K, K], weights [N,K], bias [N] or kAbsent.
struct FullyConnected {
  Activation activation;
  Rounding rounding = Rounding::kTwice;
};
struct Add {
  Activation activation;
};
struct Sub {
  Activation activation;
};
struct Mul {
  Activation activation;
};
// Of real numbers only: inside what becomes one table, or refused.
struct Div {};
struct Pow {};
struct Maximum {};
struct Minimum {};
struct PRelu {};  // inputs: x, alpha
struct Relu {
  Activation activation;
};
struct LeakyRelu {
  float alpha;
};
struct HardSwish {};
struct Abs {};
// A real function of one variable, by its name in lower/functions.h.
struct Function {
  std::string name;
};
// Any function of one byte, already tabulated: entry [q as a byte] is the output's byte.
using ByteTable = std::array<std::uint8_t, 256>;
struct Lookup {
  std::string name;  // for people
  ByteTable table;
};
struct Quantize {};    // from float32, or from one 8-bit type and quantization to another
struct Dequantize {};  // to float32
struct Cast {};        // between integer types; only in chains that fold to constants

enum class PoolKind : std::uint8_t { kAverage, kMax };
struct Pool2D {
  PoolKind kind;
  std::int32_t kernel_height, kernel_width;
  Window window;  // dilation 1
  Activation activation;
};
enum class ReduceKind : std::uint8_t { kMean, kSum };
struct Reduce {
  ReduceKind kind;
  std::vector<std::int32_t> axes;  // sorted, distinct, in [0, rank)
};
struct Softmax {
  float beta;
};
struct ArgMax {
  std::int32_t axis;
  bool minimum;
};

struct Reshape {};
struct Transpose {
  std::vector<std::int32_t> permutation;  // output extent i is input extent permutation[i]
};
struct Slice {
  std::vector<std::int32_t> begin, step;  // per axis; as many elements as the output's extents say
};
struct Concatenation {
  std::int32_t axis;
};
struct Pad {
  std::vector<std::int32_t> before, after;
  std::optional<std::int32_t> value;  // the raw fill; absent: the output's zero point
  float real = 0;                     // the fill of float tensors
};
struct Tile {
  std::vector<std::int32_t> repeats;
};
struct Gather {
  std::int32_t axis;
  std::vector<std::int32_t> indices;
};
struct ResizeBilinear {
  bool align_corners, half_pixel_centers;
};
// The input row, column of each output row, column.
struct ResizeNearest {
  std::vector<std::int32_t> rows, columns;
};

// What the reader could not read. It keeps its place so that all offenders are reported together, unless nothing needs
// it. Its tensors may have extents below zero: nothing else touches those.
struct Unsupported {
  std::string reason;  // empty where it only follows from others
};

using Parameters = std::variant<Conv2D, DepthwiseConv2D, FullyConnected, Add, Sub, Mul, Div, Pow, Maximum, Minimum,
                                PRelu, Relu, LeakyRelu, HardSwish, Abs, Function, Lookup, Quantize, Dequantize, Cast,
                                Pool2D, Reduce, Softmax, ArgMax, Reshape, Transpose, Slice, Concatenation, Pad, Tile,
                                Gather, ResizeBilinear, ResizeNearest, Unsupported>;

// Whether it is an operator that has weights and a bias, as its inputs 1 and 2.
inline bool is_linear(const Parameters& parameters) {
  return std::holds_alternative<Conv2D>(parameters) || std::holds_alternative<DepthwiseConv2D>(parameters) ||
         std::holds_alternative<FullyConnected>(parameters);
}

using TensorId = std::size_t;
inline constexpr TensorId kAbsent = static_cast<TensorId>(-1);

struct Operator {
  Parameters parameters;
  std::vector<TensorId> inputs;   // kAbsent where an optional one is
  std::vector<TensorId> outputs;  // one, but Unsupported's
  std::string kind;               // the source's word for it, for people

  TensorId output() const { return outputs[0]; }
};

// Operators stand in an order of execution; each tensor has one producer at most. Data of constants is borrowed from
// the source's bytes, which must outlive the graph, or kept in `made`.
struct Graph {
  Graph() = default;
  Graph(Graph&&) = default;
  Graph& operator=(Graph&&) = default;

  TensorId add_tensor(Tensor tensor);
  // A constant that the source does not hold.
  void make_constant(TensorId id, std::vector<std::uint8_t> data);
  // Whether so many bytes more may be made, of constants, tables or lists; check_room() refuses where not.
  bool has_room(std::size_t bytes) const { return bytes <= made_limit && made_bytes <= made_limit - bytes; }
  void check_room(std::size_t bytes) const;
  void take_room(std::size_t bytes);

  std::deque<Tensor> tensors;  // a deque: references to tensors stay good while others are added
  std::vector<Operator> operators;
  std::vector<TensorId> inputs, outputs;
  std::vector<std::string> notes;  // what the reader left out, one line each
  std::deque<std::vector<std::uint8_t>> made;
  std::size_t made_bytes = 0;
  // No more is made than this, so that no file can fill the memory with it.
  std::size_t made_limit = std::size_t{64} << 20;
};

// The values of an int32 or int64 constant; a Refusal naming it where it is neither.
std::vector<std::int64_t> integers(const Tensor& tensor);

// The values of a float32 constant.
std::vector<float> reals(const Tensor& tensor);
std::vector<std::uint8_t> real_bytes(std::span<const float> values);

// Little-endian bytes of an int32 or int64 tensor.
std::vector<std::uint8_t> integer_bytes(std::span<const std::int64_t> values, DType dtype);

// Per tensor: the operator that writes it, or kAbsent.
std::vector<std::size_t> producers(const Graph& graph);

// Per tensor: how many operator inputs and graph outputs read it.
std::vector<std::size_t> use_counts(const Graph& graph);

}  // namespace qrun::converter
