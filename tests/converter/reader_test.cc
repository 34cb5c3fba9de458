// Reading .tflite files: what is understood, and what is refused and how it is named.

#include "converter/tflite/reader.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <functional>

#include "converter/refusal.h"
#include "tests/converter/refusal_text.h"
#include "tests/converter/tflite_builder.h"

namespace qrun::converter {
namespace {

using test::Code;
using test::small_convolution;
using test::TfliteBuilder;
using test::TfliteBytes;
using test::Type;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string refusal_of(const TfliteBytes& bytes) {
  return test::refusal_text([&] { read_tflite(bytes); });
}

TEST(Reader, ReadsTensorsOperatorsAndConstants) {
  const TfliteBytes bytes = small_convolution().finish();
  const Graph graph = read_tflite(bytes);
  ASSERT_EQ(graph.operators.size(), 1U);
  EXPECT_EQ(graph.operators[0].kind, "CONV_2D");
  EXPECT_THAT(graph.operators[0].inputs, ElementsAre(0, 1, 2));
  const auto& conv = std::get<Conv2D>(graph.operators[0].parameters);
  EXPECT_EQ(conv.window.rule, PaddingRule::kSame);
  EXPECT_EQ(conv.activation, Activation::kRelu);
  EXPECT_EQ(graph.tensors[0].name, "x");
  EXPECT_THAT(graph.tensors[0].shape, ElementsAre(1, 4, 4, 2));
  EXPECT_EQ(graph.tensors[0].dtype, DType::kInt8);
  EXPECT_THAT(graph.tensors[0].quantization.scales, ElementsAre(0.5F));
  EXPECT_THAT(graph.tensors[0].quantization.zero_points, ElementsAre(3));
  EXPECT_FALSE(graph.tensors[0].is_constant);
  EXPECT_TRUE(graph.tensors[1].is_constant);
  EXPECT_THAT(integers(graph.tensors[2]), ElementsAre(100, -200, 300));
}

TEST(Reader, TakesTheGreaterOfTheTwoOperatorCodes) {
  TfliteBuilder file = small_convolution();
  file.model.operator_codes[0]->builtin_code = Code::ADD;  // 0: as files before the field have it
  EXPECT_EQ(read_tflite(file.finish()).operators[0].kind, "CONV_2D");
  file.model.operator_codes[0]->builtin_code = Code::GELU;
  file.model.operator_codes[0]->deprecated_builtin_code = 127;
  EXPECT_EQ(read_tflite(file.finish()).operators[0].kind, "GELU");
}

TEST(Reader, IgnoresTheQuantizedDimensionOfVectors) {
  TfliteBuilder file = small_convolution();
  auto& quantization = file.at(2).quantization;
  quantization = std::make_unique<tflite::QuantizationParametersT>();
  quantization->scale = {1, 1, 1};
  quantization->quantized_dimension = 3;
  EXPECT_EQ(read_tflite(file.finish()).tensors[2].quantization.dimension, 0U);
}

TEST(Reader, FindsConstantsBehindOffsets) {
  TfliteBuilder file = small_convolution();
  tflite::BufferT& buffer = *file.model.buffers[2];
  const std::vector<std::uint8_t> data = buffer.data;
  buffer.data.clear();
  buffer.size = data.size();
  buffer.offset = 2;  // present, so that the structure keeps its size
  buffer.offset = (file.finish().size() + 15) / 16 * 16;
  TfliteBytes bytes = file.finish();
  bytes.resize(static_cast<std::size_t>(buffer.offset));
  bytes.insert(bytes.end(), data.begin(), data.end());
  EXPECT_THAT(integers(read_tflite(bytes).tensors[2]), ElementsAre(100, -200, 300));
  bytes.pop_back();
  EXPECT_THAT(refusal_of(bytes), HasSubstr("tensor 2 'bias': its 12 bytes from"));
}

TEST(Reader, SortsOperatorsIntoAnOrderOfExecution) {
  TfliteBuilder file;
  const int x = file.input("x", {8});
  const int middle = file.tensor("middle", {8});
  file.output(file.add(Code::TANH, {middle}, "y", {8}));
  file.add_operator(Code::RELU, {x}, {middle});
  const Graph graph = read_tflite(file.finish());
  EXPECT_EQ(graph.operators[0].kind, "RELU");
  EXPECT_EQ(graph.operators[1].kind, "TANH");
}

TEST(Reader, NotesWhatItLeavesOut) {
  TfliteBuilder file = small_convolution();
  file.model.subgraphs.push_back(std::make_unique<tflite::SubGraphT>());
  EXPECT_THAT(read_tflite(file.finish()).notes, ElementsAre(HasSubstr("1 more subgraph")));
}

TEST(Reader, EveryTruncationIsRefusedInOneLine) {
  const TfliteBytes bytes = small_convolution().finish();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const TfliteBytes truncated(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
    const std::string refusal = refusal_of(truncated);
    ASSERT_NE(refusal, "not refused") << size;
    ASSERT_EQ(refusal.find('\n'), std::string::npos);
  }
}

TEST(Reader, AnyFlippedByteIsReadOrRefused) {
  const TfliteBytes bytes = small_convolution().finish();
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    for (const int flip : {0x01, 0x80, 0xff}) {
      TfliteBytes damaged = bytes;
      damaged[i] = static_cast<std::uint8_t>(damaged[i] ^ flip);
      refusal_of(damaged);  // must return: sanitizers see what it reads
    }
  }
}

struct Damage {
  const char* name;
  std::function<void(TfliteBuilder&)> apply;
  const char* refusal;
};

std::ostream& operator<<(std::ostream& stream, const Damage& damage) { return stream << damage.name; }

class DamagedFile : public ::testing::TestWithParam<Damage> {};

TEST_P(DamagedFile, IsRefusedByName) {
  TfliteBuilder file = small_convolution();
  GetParam().apply(file);
  EXPECT_THAT(refusal_of(file.finish()), HasSubstr(GetParam().refusal));
}

INSTANTIATE_TEST_SUITE_P(
    Reader, DamagedFile,
    ::testing::Values(
        Damage{"Version", [](TfliteBuilder& f) { f.model.version = 2; }, "schema version 2 is not supported"},
        Damage{"NoGraph", [](TfliteBuilder& f) { f.model.subgraphs.clear(); }, "the file has no graph"},
        Damage{"NoInputs", [](TfliteBuilder& f) { f.graph().inputs.clear(); }, "the graph has no inputs"},
        Damage{"NoOutputs", [](TfliteBuilder& f) { f.graph().outputs.clear(); }, "the graph has no outputs"},
        Damage{"InputIndex", [](TfliteBuilder& f) { f.graph().operators[0]->inputs[1] = 99; },
               "operator 0 CONV_2D: tensor 99 does not exist; the file has 4"},
        Damage{"NegativeIndex", [](TfliteBuilder& f) { f.graph().operators[0]->inputs[1] = -2; },
               "operator 0 CONV_2D: tensor -2 does not exist"},
        Damage{"AbsentOutput", [](TfliteBuilder& f) { f.graph().operators[0]->outputs[0] = -1; },
               "operator 0 CONV_2D: tensor -1 does not exist"},
        Damage{"GraphOutput", [](TfliteBuilder& f) { f.graph().outputs[0] = 4; },
               "the graph's outputs: tensor 4 does not exist"},
        Damage{"OperatorCode", [](TfliteBuilder& f) { f.graph().operators[0]->opcode_index = 7; },
               "operator 0: its code 7 does not exist; the file has 1"},
        Damage{"BufferIndex", [](TfliteBuilder& f) { f.at(1).buffer = 9; },
               "tensor 1 'weights': its buffer 9 does not exist; the file has 3"},
        Damage{"BufferSize", [](TfliteBuilder& f) { f.model.buffers[1]->data.pop_back(); },
               "tensor 1 'weights': its data has 53 bytes; shape [3,3,3,2] of int8 takes 54"},
        Damage{"WritesConstant", [](TfliteBuilder& f) { f.graph().operators[0]->outputs[0] = 1; },
               "'weights' is a constant and cannot be written"},
        Damage{"WritesTwice", [](TfliteBuilder& f) { f.add_operator(Code::RELU, {0}, {3}); },
               "operator 1 RELU: 'y' is written a second time"},
        Damage{"WritesInput", [](TfliteBuilder& f) { f.add_operator(Code::RELU, {3}, {0}); },
               "'x' is written a second time"},
        Damage{"NoOutputTensor", [](TfliteBuilder& f) { f.graph().operators[0]->outputs.clear(); },
               "operator 0 CONV_2D: it has no outputs"},
        Damage{"Cycle",
               [](TfliteBuilder& f) {
                 const int a = f.tensor("a", {8}), b = f.tensor("b", {8});
                 f.add_operator(Code::RELU, {a}, {b});
                 f.add_operator(Code::TANH, {b}, {a});
               },
               "operator 1 RELU waits for its own output: the graph has a cycle"},
        Damage{"ShapeOverflow",
               [](TfliteBuilder& f) {
                 f.at(3).shape = {1 << 20, 1 << 20, 1 << 20, 1 << 20};
               },
               "tensor 3 'y': its shape [1048576,1048576,1048576,1048576] takes 2 GiB or more"},
        Damage{"Rank", [](TfliteBuilder& f) { f.at(3).shape.assign(1000, 1); }, "tensor 3 'y': its rank is 1000"},
        Damage{"DynamicInput", [](TfliteBuilder& f) { f.at(0).shape[0] = -1; },
               "the graph's input 'x' has the dynamic shape [-1,4,4,2]; export the model with fixed input shapes"}),
    [](const auto& test) { return test.param.name; });

// Operators that cannot be read stay in the graph, with the reason.
class UnreadableOperator : public ::testing::TestWithParam<Damage> {};

TEST_P(UnreadableOperator, IsKeptWithTheReason) {
  TfliteBuilder file = small_convolution();
  GetParam().apply(file);
  const TfliteBytes bytes = file.finish();
  const Graph graph = read_tflite(bytes);
  const auto* unsupported = std::get_if<Unsupported>(&graph.operators[0].parameters);
  ASSERT_NE(unsupported, nullptr);
  EXPECT_THAT(graph.operators[0].kind + ": " + unsupported->reason, HasSubstr(GetParam().refusal));
}

void set_code(TfliteBuilder& file, Code code) {
  file.model.operator_codes[0]->builtin_code = code;
  file.model.operator_codes[0]->deprecated_builtin_code = 0;
}

void make_softmax(TfliteBuilder& file, test::Quant output, Type type) {
  set_code(file, Code::SOFTMAX);
  const int y = file.tensor("scores", {1, 4, 4, 2}, output, type);
  tflite::OperatorT& op = *file.graph().operators[0];
  op.inputs = {0};
  op.outputs = {y};
  op.builtin_options.Set(tflite::SoftmaxOptionsT());
  file.graph().outputs = {y};
}

INSTANTIATE_TEST_SUITE_P(
    Reader, UnreadableOperator,
    ::testing::Values(
        Damage{"Lstm", [](TfliteBuilder& f) { set_code(f, Code::LSTM); }, "LSTM: the operator is not supported"},
        Damage{"Custom",
               [](TfliteBuilder& f) {
                 set_code(f, Code::CUSTOM);
                 f.model.operator_codes[0]->custom_code = "MyOperator";
               },
               "CUSTOM MyOperator: the operator is not supported"},
        Damage{"UnknownCode", [](TfliteBuilder& f) { set_code(f, static_cast<Code>(5000)); },
               "builtin operator 5000: the operator is not supported"},
        Damage{"NoOptions", [](TfliteBuilder& f) { f.graph().operators[0]->builtin_options.Reset(); },
               "CONV_2D: its options are missing"},
        Damage{"WrongOptions",
               [](TfliteBuilder& f) { f.graph().operators[0]->builtin_options.Set(tflite::AddOptionsT()); },
               "CONV_2D: its options are missing"},
        Damage{"NoWeights", [](TfliteBuilder& f) { f.graph().operators[0]->inputs = {0}; },
               "CONV_2D: its input 1 is missing"},
        Damage{"FusedTanh",
               [](TfliteBuilder& f) {
                 f.graph().operators[0]->builtin_options.AsConv2DOptions()->fused_activation_function =
                     tflite::ActivationFunctionType::TANH;
               },
               "CONV_2D: its fused activation, number 4, is not supported"},
        Damage{"Variable",
               [](TfliteBuilder& f) {
                 const int state = f.tensor("state", {1, 4, 4, 2});
                 f.at(state).is_variable = true;
                 f.graph().operators[0]->inputs[0] = state;
               },
               "CONV_2D: 'state' is a variable"},
        Damage{"Sparse", [](TfliteBuilder& f) { f.at(1).sparsity = std::make_unique<tflite::IgnoredT>(); },
               "CONV_2D: 'weights' is sparse"},
        Damage{"Dynamic",
               [](TfliteBuilder& f) {
                 const int other = f.tensor("other", {1, -1, 4, 2});
                 f.graph().operators[0]->inputs[0] = other;
               },
               "CONV_2D: 'other' has the dynamic shape [1,-1,4,2]"},
        Damage{"NeverWritten",
               [](TfliteBuilder& f) {
                 f.graph().operators[0]->inputs[0] = f.tensor("nothing", {1, 4, 4, 2});
               },
               "CONV_2D: 'nothing' is neither a graph input, a constant, nor written by an operator"},
        Damage{"ShuffledWeights",
               [](TfliteBuilder& f) {
                 set_code(f, Code::FULLY_CONNECTED);
                 tflite::FullyConnectedOptionsT options;
                 options.weights_format = tflite::FullyConnectedWeightsFormat::SHUFFLED4x16INT8;
                 f.graph().operators[0]->builtin_options.Set(options);
               },
               "FULLY_CONNECTED: its weights are shuffled"},
        Damage{"SoftmaxScale",
               [](TfliteBuilder& f) {
                 make_softmax(f, {1.0F / 128, -128}, Type::INT8);
               },
               "SOFTMAX: its output has scale 0.0078125 and zero point -128; a softmax's are 1/256 and -128"},
        Damage{"SoftmaxZeroPoint",
               [](TfliteBuilder& f) {
                 make_softmax(f, {1.0F / 256, -128}, Type::UINT8);
               },
               "SOFTMAX: its output has scale 0.00390625 and zero point -128; a softmax's are 1/256 and 0"}),
    [](const auto& test) { return test.param.name; });

// A vector that thousands of tensors share makes a small file describe much.
TEST(Reader, RefusesSharingOutOfProportion) {
  flatbuffers::FlatBufferBuilder builder;
  const auto scales = builder.CreateVector(std::vector<float>(100000, 1.0F));
  std::vector<flatbuffers::Offset<tflite::Tensor>> tensors;
  for (int i = 0; i < 2000; ++i) {
    const auto quantization = tflite::CreateQuantizationParameters(builder, scales);
    tensors.push_back(tflite::CreateTensor(builder, 0, tflite::TensorType::INT8, 0, 0, quantization));
  }
  const std::vector<std::int32_t> edges = {0};
  const auto graph = tflite::CreateSubGraphDirect(builder, &tensors, &edges, &edges);
  tflite::FinishModelBuffer(builder, tflite::CreateModel(builder, 3, 0, builder.CreateVector(&graph, 1)));
  const TfliteBytes bytes(builder.GetBufferPointer(), builder.GetBufferPointer() + builder.GetSize());
  EXPECT_THAT(refusal_of(bytes), HasSubstr("shared data makes reading the file more than 256 times"));
}

}  // namespace
}  // namespace qrun::converter
