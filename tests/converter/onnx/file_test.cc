// The file around the graph: versions, damage, and data in files beside it.

#include "converter/onnx/file.h"

#include <filesystem>
#include <fstream>

#include "tests/converter/onnx/reading.h"

namespace qrun::converter {
namespace {

using test::OnnxBuilder;
using test::OnnxBytes;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(OnnxFile, OperatorSets10To21AreRead) {
  for (const std::int64_t opset : {10, 13, 21}) {
    OnnxBuilder file(opset);
    file.output(file.add("Relu", {file.input("x", {1})}, "y"));
    EXPECT_EQ(test::refusal_of(file), "not refused") << opset;
  }
  for (const std::int64_t opset : {-1, 0, 9, 22}) {
    EXPECT_EQ(test::refusal_of(OnnxBuilder(opset)), "it uses operator set " + std::to_string(opset) +
                                                        "; 10 to 21 are supported: export it with one of these");
  }
}

TEST(OnnxFile, TheStandardOperatorsSetCounts) {
  OnnxBuilder file(13);
  file.output(file.add("Relu", {file.input("x", {1})}, "y"));
  onnx::OperatorSetProto& other = *file.model.add_opset_import();
  other.set_domain("com.microsoft");
  other.set_version(1);
  EXPECT_EQ(test::refusal_of(file), "not refused");
  file.model.mutable_opset_import(0)->set_domain("ai.onnx");
  EXPECT_EQ(test::refusal_of(file), "not refused");
  file.model.mutable_opset_import()->DeleteSubrange(0, 1);
  EXPECT_THAT(test::refusal_of(file), HasSubstr("it uses operator set 0"));
}

TEST(OnnxFile, WhatIsNoOnnxFileIsRefused) {
  for (const std::string& text : {std::string(), std::string("TFL3"), std::string(100, '\xff')}) {
    const OnnxBytes bytes(text.begin(), text.end());
    EXPECT_THAT(test::refusal_text([&] { read_onnx(bytes, {}, {}); }),
                HasSubstr("not an ONNX file, or one that is truncated"));
  }
}

TEST(OnnxFile, EveryTruncationAndFlippedByteIsReadOrRefused) {
  const OnnxBytes bytes = test::small_onnx_convolution().finish();
  const auto convert = [](const OnnxBytes& damaged) {
    Graph graph = read_onnx(damaged, {}, {});
    make_integers(graph);
    run_passes(graph);
  };
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const OnnxBytes truncated(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_EQ(test::refusal_text([&] { convert(truncated); }).find('\n'), std::string::npos);
    for (const int flip : {0x01, 0x80, 0xff}) {
      OnnxBytes damaged = bytes;
      damaged[i] = static_cast<std::uint8_t>(damaged[i] ^ flip);
      test::refusal_text([&] { convert(damaged); });  // must return: sanitizers see what it reads
    }
  }
}

class ExternalData : public ::testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(folder_ / "sub");
    std::ofstream(folder_ / "weights.bin", std::ios::binary) << "abcdefgh";
    std::ofstream(folder_ / "sub/more.bin", std::ios::binary) << "xyz";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  // A file with a constant of three int8, kept where the entries say.
  static OnnxBuilder file(std::initializer_list<std::pair<const char*, const char*>> entries) {
    OnnxBuilder result;
    result.output(result.add("Relu", {result.input("x", {1})}, "y"));
    onnx::TensorProto& tensor = result.tensor("c", {3}, OnnxType::kInt8);
    tensor.set_data_location(onnx::TensorProto::EXTERNAL);
    for (const auto& [key, value] : entries) {
      onnx::StringPair& entry = *tensor.add_external_data();
      entry.set_key(key);
      entry.set_value(value);
    }
    return result;
  }
  Graph read(std::initializer_list<std::pair<const char*, const char*>> entries) const {
    return read_onnx(file(entries).finish(), folder_, {});
  }
  std::string refusal_of(std::initializer_list<std::pair<const char*, const char*>> entries) const {
    return test::refusal_text([&] { read(entries); });
  }

  const std::filesystem::path folder_ = std::filesystem::path(::testing::TempDir()) / "qrun_external_data";
};

TEST_F(ExternalData, IsReadFromTheModelsFolder) {
  EXPECT_THAT(test::numbers(test::named(read({{"location", "sub/more.bin"}}), "c")), ElementsAre('x', 'y', 'z'));
  EXPECT_THAT(test::numbers(test::named(read({{"location", "weights.bin"}, {"offset", "5"}, {"length", "3"}}), "c")),
              ElementsAre('f', 'g', 'h'));
  // Without a length it is the shape's.
  EXPECT_THAT(test::numbers(test::named(read({{"location", "weights.bin"}, {"offset", "1"}}), "c")),
              ElementsAre('b', 'c', 'd'));
}

TEST_F(ExternalData, MissingFilesAreNamed) {
  EXPECT_EQ(refusal_of({{"location", "other.bin"}}),
            "tensor 'c': its external data 'other.bin' is missing; put the file beside the model");
  EXPECT_THAT(refusal_of({{"location", "sub"}}), HasSubstr("'sub' is missing"));  // a folder is no file
  EXPECT_THAT(refusal_of({}), HasSubstr("its external data has no location"));
  // Without a folder nothing is opened, whatever lies in the working directory.
  EXPECT_THAT(test::refusal_of(file({{"location", "weights.bin"}})), HasSubstr("'weights.bin' is missing"));
}

TEST_F(ExternalData, TruncatedFilesAreSaidSo) {
  EXPECT_EQ(
      refusal_of({{"location", "weights.bin"}, {"offset", "6"}}),
      "tensor 'c': its 3 bytes from 6 on lie outside its external data 'weights.bin' of 8; the file is truncated");
  EXPECT_THAT(refusal_of({{"location", "weights.bin"}, {"offset", "9"}, {"length", "0"}}), HasSubstr("is truncated"));
  EXPECT_THAT(refusal_of({{"location", "weights.bin"}, {"offset", "1"}, {"length", "999999999999999999"}}),
              HasSubstr("is truncated"));
  EXPECT_EQ(refusal_of({{"location", "weights.bin"}, {"length", "4"}}),
            "tensor 'c': its data has 4 bytes; shape [3] of int8 takes 3");
}

TEST_F(ExternalData, LocationsStayInTheFolder) {
  for (const char* location : {"../weights.bin", "sub/../weights.bin", "sub/..", "/etc/passwd", "/"}) {
    EXPECT_EQ(refusal_of({{"location", location}}),
              "tensor 'c': its external data's location '" + std::string(location) + "' leaves the model's folder");
  }
}

TEST_F(ExternalData, NumbersAreNumbers) {
  for (const char* text : {"", "-1", "+1", "1x", "0x10", " 1", "1e3", "99999999999999999999"}) {
    EXPECT_EQ(refusal_of({{"location", "weights.bin"}, {"offset", text}}),
              "tensor 'c': its external data's offset '" + std::string(text) + "' is no number");
    EXPECT_THAT(refusal_of({{"location", "weights.bin"}, {"length", text}}), HasSubstr("'s length '"));
  }
}

// Room for what constants become is counted by the data, not by the file that names them.
TEST_F(ExternalData, LargeWeightsAreTransposedLikeOthers) {
  constexpr std::int64_t kOutputs = 33, kChannels = 1 << 20;  // twice 33 MiB exceed what small files may make
  std::ofstream(folder_ / "large.bin", std::ios::binary) << std::string(kOutputs * kChannels, '\1');
  OnnxBuilder large;
  const std::string x = large.quantized_input("x", {1, kChannels});
  onnx::TensorProto& tensor = large.tensor("w", {kChannels, kOutputs}, OnnxType::kInt8);
  tensor.set_data_location(onnx::TensorProto::EXTERNAL);
  onnx::StringPair& entry = *tensor.add_external_data();
  entry.set_key("location");
  entry.set_value("large.bin");
  large.quantized_output(large.add("MatMul", {x, large.dequantize("w", "w.real", {1})}, "product"), {1 << 20});
  Graph graph = read_onnx(large.finish(), folder_, {});
  make_integers(graph);
  run_passes(graph);
  EXPECT_TRUE(graph.tensors[test::the<FullyConnected>(graph).inputs[1]].is_constant);
}

}  // namespace
}  // namespace qrun::converter
