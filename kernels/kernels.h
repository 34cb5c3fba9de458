// The kernel interface: parameter structs, the operands of a call, and the table of ISA rows.
//
// A kernel is a pure function of its parameters and operands. It never allocates, fails, takes a lock or touches
// floating point. Everything that could go wrong was checked when the model was loaded and planned.
//
// Every 8-bit activation lies in the arena in the row's *storage domain*: int8 or uint8, whichever its instructions
// multiply best, with q_uint8 = q_int8 + 128. All zero points, clamps and fill values below are numbers of that domain;
// the plan translates them from the file and flips bytes at the graph's edges. So every kernel sees one type, and the
// same formula serves int8 and uint8 models.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "kernels/quantize.h"

namespace qrun::kernels {

inline constexpr int kMaxRank = 6;                     // of a tensor in a file
inline constexpr int kMaxDims = kMaxRank + 1;          // of a step: a batch of samples adds one
inline constexpr int kMaxCopyDims = 2 * kMaxRank + 1;  // a tile of rank r is a copy of up to 2 r dimensions
inline constexpr std::size_t kPackedAlignment = 64;
inline constexpr std::size_t kArenaAlignment = 64;

// A half-open range of a step's units of work; what a unit is stands with each parameter struct. Any partition of
// [0, units) into ranges, run in any order or at once, gives the same bytes.
struct Range {
  std::int32_t begin;
  std::int32_t end;
};

// Kernels on images, and elementwise ones, read of their inputs only the rows that the outputs of the range need, and
// up to kReadBeyondRows bytes past them, whatever these are: other rows need not lie in memory.
inline constexpr std::size_t kReadBeyondRows = 64;

// Where one call reads and writes. Operands never overlap unless the kernel says that it works in place.
struct Operands {
  const std::uint8_t* input[2];  // activations (or constants in the storage domain)
  std::uint8_t* output;
  const std::uint8_t* constant;  // packed weights, a lookup table or an index table, 64-byte aligned
  std::uint8_t* scratch;         // this thread's own, 64-byte aligned, as large as the kernel asked for
};

// `params` points to the struct that the kernel's documentation names.
using KernelFunction = void (*)(const void* params, const Operands& operands, Range range);

// ---------------------------------------------------------------------------------------------------------------------
// Convolution, fully connected (a 1x1 convolution whose batch is its rows) and depthwise convolution.

// acc[c] = bias[c] + sum over taps inside the image of (x - input_zero_point) * (w - weight_zero_point)
// y[c] = clamp(apply(rescale[c], acc[c]) + output_zero_point)
// Shapes: x [batch, input_height, input_width, input_channels]; y [batch, output_height, output_width,
// output_channels]. Weights, int8: convolution [output_channels, kernel_height, kernel_width, input_channels / groups];
// depthwise [kernel_height, kernel_width, output_channels], output channel o reads input channel
// o / (output_channels / input_channels), and groups is unused.
// Units: output pixels, batch * output_height * output_width; of a single one, what the kernel says
// (ConvKernel::units).
struct ConvParams {
  std::int32_t batch;
  std::int32_t input_height, input_width, input_channels;
  std::int32_t output_height, output_width, output_channels;
  std::int32_t kernel_height, kernel_width;
  std::int32_t stride_height, stride_width;
  std::int32_t dilation_height, dilation_width;
  std::int32_t pad_top, pad_left;
  std::int32_t groups;
  std::int32_t input_zero_point;   // storage domain
  std::int32_t weight_zero_point;  // of the int8 weights
  std::int32_t output_zero_point;  // storage domain
  Clamp clamp;                     // storage domain
};

// What a file holds for such a step; read once, when the plan packs it.
struct ConvConstants {
  const std::uint8_t* weights;
  std::uint8_t weights_flip;               // 0x80 where the file's weights are uint8: int8 weight = byte ^ flip
  const std::int32_t* bias;                // null where absent
  const Rescale* rescale;                  // one, or one per output channel
  std::int32_t rescale_count;              // 1 or output_channels
  const std::uint32_t* accumulator_bound;  // one per output channel: |any partial sum| <= bound < 2^31
};

// What a kernel's ranges count, and the multiples they are best cut at.
struct Units {
  std::int32_t count, grain;
};

// A convolution kernel and the packing it needs. `accepts` says whether it can run these parameters; the last candidate
// of a row accepts everything.
struct ConvKernel {
  const char* name;  // as profiles show it: "qs8_qc8w_igemm_4x16c2__avx2"
  bool (*accepts)(const ConvParams& params, const ConvConstants& constants);
  // An estimate of cycles on one thread. The plan takes the cheapest candidate that accepts, of equals the first.
  std::int64_t (*cost)(const ConvParams& params);
  std::size_t (*packed_bytes)(const ConvParams& params, const ConvConstants& constants);
  // Writes packed_bytes(params, constants) bytes: weights, bias, rescales, indirection, whatever `run` reads as
  // Operands::constant.
  void (*pack)(const ConvParams& params, const ConvConstants& constants, std::uint8_t* packed);
  std::size_t (*scratch_bytes)(const ConvParams& params);
  Units (*units)(const ConvParams& params);  // output pixels; of a single one perhaps shares of its channels
  KernelFunction run;                        // ConvParams
};

// ---------------------------------------------------------------------------------------------------------------------
// Elementwise. Broadcasting is a stride of 0.

// Element (i0, i1, ...) of the output reads input k at sum i_d * stride_k[d]. The plan merges dimensions, so that
// the last one is as long as can be. Units: output rows, the product of all extents but the last.
struct Broadcast {
  std::int32_t dims;  // 1..kMaxDims
  std::int32_t extent[kMaxDims];
  std::int32_t stride1[kMaxDims];  // elements
  std::int32_t stride2[kMaxDims];
};

// y = clamp(output(input1((x1 - z1) << 20) + sign * input2((x2 - z2) << 20)) + z_out). In place on an input that is not
// broadcast.
struct AddParams {
  Broadcast broadcast;
  std::int32_t sign;  // +1 or -1
  std::int32_t input1_zero_point, input2_zero_point, output_zero_point;
  Rescale input1_rescale, input2_rescale, output_rescale;
  Clamp clamp;
};

// y = clamp((weight1 * x1 + weight2 * x2 + offset) >> shift): an add whose roundings all come to one, as most do. A
// plan finds out which by comparing what the two kernels make of every pair of inputs. In place as AddParams.
struct LinearAddParams {
  Broadcast broadcast;
  std::int32_t weight1, weight2;  // magnitudes below 2^30 - 2^14
  std::int64_t offset;            // magnitude below 2^(shift + 14)
  std::int32_t shift;             // in [25, 30]
  Clamp clamp;
};

// y = clamp(rescale((x1 - z1) * (x2 - z2)) + z_out). In place as AddParams.
struct MulParams {
  Broadcast broadcast;
  std::int32_t input1_zero_point, input2_zero_point, output_zero_point;
  Rescale rescale;
  Clamp clamp;
};

// v = x1 - z1; y = saturate((v >= 0 ? rescale(v) : alpha_rescale(v * (x2 - alpha_zero_point))) + z_out). In place as
// AddParams.
struct PReluParams {
  Broadcast broadcast;
  std::int32_t input_zero_point, alpha_zero_point, output_zero_point;
  Rescale rescale, alpha_rescale;
};

// ---------------------------------------------------------------------------------------------------------------------
// Unary. All work in place; units: elements. A row may leave any but `lookup` null: the plan then runs the reference
// kernel over the 256 inputs once and looks the answers up.

// y = clamp(rescale(x - z_in) + z_out).
struct RequantizeParams {
  std::int32_t input_zero_point, output_zero_point;
  Rescale rescale;
  Clamp clamp;
};

// v = x - z_in; y = saturate((v >= 0 ? rescale(v) : alpha_sign * alpha_rescale(v)) + z_out).
struct LeakyReluParams {
  std::int32_t input_zero_point, output_zero_point;
  Rescale rescale, alpha_rescale;
  std::int32_t alpha_sign;  // +1 or -1
};

struct HardSwishParams {
  std::int32_t input_zero_point, output_zero_point;
  std::int16_t output_multiplier, reluish_multiplier;
  std::int32_t output_exponent;   // in [-31, 0]
  std::int32_t reluish_exponent;  // in [-31, 15]
};

// y = constant[x as a byte], 256 entries. No parameters.

// ---------------------------------------------------------------------------------------------------------------------
// Pools and reductions.

// Average: q = x - origin summed over the taps inside the image, divided by their number with halves away from zero,
// + origin, clamped. Maximum: the largest tap, clamped. Every window has a tap inside. Units: output pixels.
struct PoolParams {
  std::int32_t batch;
  std::int32_t input_height, input_width, channels;
  std::int32_t output_height, output_width;
  std::int32_t kernel_height, kernel_width;
  std::int32_t stride_height, stride_width;
  std::int32_t pad_top, pad_left;
  std::int32_t origin;  // the stored value of the file's q = 0: it decides how halves round
  Clamp clamp;
};

// y = saturate(rescale(sum of x over the reduced axes - count * z_in) + z_out). Extents are split into kept (output
// order) and reduced ones. Units: output elements.
struct ReduceParams {
  std::int32_t kept_dims, reduced_dims;
  std::int32_t kept_extent[kMaxDims], kept_stride[kMaxDims];  // input strides, elements
  std::int32_t reduced_extent[kMaxRank], reduced_stride[kMaxRank];
  std::int32_t count;  // product of reduced extents, at most 2^23
  std::int32_t input_zero_point, output_zero_point;
  Rescale rescale;
};

// Softmax of each row. constant: int32 exponential[256], whose [d] is softmax_exponential() of the difference -d.
// The output counts in units of 1/256 from the type's least value on, or where any_scale as output_rescale and
// output_zero_point say. Units: rows. In place.
struct SoftmaxParams {
  std::int32_t depth;
  bool any_scale = false;
  Rescale output_rescale = {0, 0};     // 1 / the output's scale
  std::int32_t output_zero_point = 0;  // storage domain
};

// Index of the first maximum along an axis: x [outer, extent, inner] -> y [outer, inner] int32 or int64.
// Units: outer * inner.
struct ArgMaxParams {
  std::int32_t outer, extent, inner;
  std::int32_t index_bytes;  // 4 or 8
};

// ---------------------------------------------------------------------------------------------------------------------
// Data movement: concatenation, slices, transposes, tiles and padding are strided copies.

// y[destination_offset + sum i_d * destination_stride[d]] = x[source_offset + sum i_d * source_stride[d]], elements of
// element_bytes (1, 4 or 8). Strides and offsets in bytes; source strides may be 0 or negative. The plan merges
// dimensions. Units: the product of all extents but the last.
struct CopyParams {
  std::int32_t dims;  // 1..kMaxCopyDims
  std::int32_t element_bytes;
  std::int32_t extent[kMaxCopyDims];
  std::int32_t source_stride[kMaxCopyDims];
  std::int32_t destination_stride[kMaxCopyDims];
  std::int32_t source_offset, destination_offset;
};

// y[i] = value. Units: bytes.
struct FillParams {
  std::uint8_t value;
};

// y[i] = x[i] ^ 0x80: between int8 and uint8 storage. Units: bytes. In place. No parameters.

// x [outer, extent, inner_bytes], constant: int32 index[count] -> y [outer, count, inner_bytes]. Units: outer * count.
struct GatherParams {
  std::int32_t outer, extent, count, inner_bytes;
};

// Bilinear in integers, weights in 1/1024ths. constant: height then width entries of ResizeTap, whose low and high
// never fall. scratch: resize_scratch_bytes(). Units: output pixels.
struct ResizeTap {
  std::int32_t low, high;                // input rows or columns, inside the image
  std::int32_t low_weight, high_weight;  // sum 1024; outside [0, 1024] at some borders
};

struct ResizeBilinearParams {
  std::int32_t batch, input_height, input_width, channels, output_height, output_width;
  std::int32_t origin;  // the stored value of int8's 0
};

// An input row as int32, in whole vectors.
inline std::size_t resize_scratch_bytes(const ResizeBilinearParams& params) {
  constexpr std::size_t kVector = 64;
  const auto width = static_cast<std::size_t>(params.input_width), channels = static_cast<std::size_t>(params.channels);
  return width * channels * sizeof(std::int32_t) + kVector;
}

// constant: int32 rows[output_height], then columns[output_width]. Units: output pixels.
struct ResizeNearestParams {
  std::int32_t batch, input_height, input_width, channels, output_height, output_width;
};

// ---------------------------------------------------------------------------------------------------------------------
// Rows.

enum class Domain : std::uint8_t { kInt8, kUInt8 };

inline constexpr int kMaxCandidates = 4;

// One dispatchable implementation of everything: what this instruction set does better, the reference for the rest.
struct Row {
  std::string_view name;
  Domain domain;
  bool (*available)();  // whether this CPU and operating system can run it
  bool test_only;       // chosen by its name only, never by best_row()
  // Candidates in order of preference at equal cost, null-terminated unless full; the last one accepts everything.
  const ConvKernel* conv[kMaxCandidates];
  const ConvKernel* depthwise[kMaxCandidates];
  KernelFunction add;         // AddParams
  KernelFunction linear_add;  // LinearAddParams, or null
  KernelFunction mul;         // MulParams
  KernelFunction prelu;       // PReluParams
  KernelFunction requantize;  // RequantizeParams, or null
  KernelFunction leaky_relu;  // LeakyReluParams, or null
  KernelFunction hard_swish;  // HardSwishParams, or null
  KernelFunction lookup;
  KernelFunction average_pool;  // PoolParams
  KernelFunction max_pool;      // PoolParams
  KernelFunction reduce;        // ReduceParams
  KernelFunction softmax;       // SoftmaxParams
  KernelFunction arg_max;       // ArgMaxParams
  KernelFunction copy;          // CopyParams
  KernelFunction fill;          // FillParams
  KernelFunction flip;
  KernelFunction gather;           // GatherParams
  KernelFunction resize_bilinear;  // ResizeBilinearParams
  KernelFunction resize_nearest;   // ResizeNearestParams
};

// Of a row's candidates that accept the parameters the one of least cost.
const ConvKernel& choose(const ConvKernel* const (&candidates)[kMaxCandidates], const ConvParams& params,
                         const ConvConstants& constants);

// All rows compiled into the library, the slowest first; reference is always the first and always available.
std::span<const Row* const> library_rows();

// The rows to choose from: those of the library. Tests link a list of their own in its place (tests/kernels/rows),
// which has more: rows that emulate what a machine may lack.
std::span<const Row* const> rows();

// The row of that name, or null. Does not ask whether it is available.
const Row* find_row(std::string_view name);

// The last available one of rows() that is not test_only.
const Row& best_row();

// The reference row of a storage domain: what every other row of that domain must equal. rows() holds both, the uint8
// one as the test_only "reference_u8".
const Row& reference_row(Domain domain);

}  // namespace qrun::kernels
