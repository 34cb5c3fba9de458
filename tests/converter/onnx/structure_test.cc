// How nodes hang together, and what is said of those that cannot be read.

#include "converter/lower/lowering.h"
#include "converter/refusal.h"
#include "tests/converter/onnx/reading.h"

namespace qrun::converter {
namespace {

using test::OnnxBuilder;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

OnnxBuilder with_input() {
  OnnxBuilder file;
  file.input("x", {1, 4});
  return file;
}

TEST(OnnxStructure, NodesAreReadInAnOrderOfExecution) {
  OnnxBuilder file = with_input();
  file.output(file.add("Tanh", {"middle"}, "y"));
  file.add("Relu", {"x"}, "middle");
  const Graph graph = test::read(file);
  EXPECT_EQ(graph.operators[0].kind, "Relu (node 1)");
  EXPECT_EQ(graph.operators[1].kind, "Tanh (node 0)");
}

TEST(OnnxStructure, NodesAreNamed) {
  OnnxBuilder file = with_input();
  file.node("Relu", {"x"}, {"y"}).set_name("layer/act");
  file.output("y");
  EXPECT_EQ(test::read(file).operators[0].kind, "Relu (node 0, layer/act)");
}

TEST(OnnxStructure, EachNameIsWrittenOnce) {
  OnnxBuilder file = with_input();
  file.output(file.add("Relu", {"x"}, "y"));
  file.add("Tanh", {"x"}, "y");
  EXPECT_EQ(test::refusal_of(file), "Tanh (node 1): 'y' is written a second time");
  for (const char* known : {"x", "c"}) {
    OnnxBuilder overwritten = with_input();
    overwritten.reals("c", {}, {1});
    overwritten.output(overwritten.add("Relu", {"x"}, known));
    EXPECT_EQ(test::refusal_of(overwritten), "Relu (node 0): '" + std::string(known) + "' is written a second time");
  }
}

TEST(OnnxStructure, WhatIsReadIsWrittenSomewhere) {
  OnnxBuilder file = with_input();
  file.output(file.add("Add", {"x", "other"}, "y"));
  EXPECT_EQ(test::refusal_of(file),
            "Add (node 0): its input 'other' is neither a graph input, a constant, nor written by a node");
}

TEST(OnnxStructure, CyclesAreRefused) {
  OnnxBuilder file = with_input();
  file.add("Add", {"x", "b"}, "a");
  file.output(file.add("Relu", {"a"}, "b"));
  EXPECT_EQ(test::refusal_of(file), "Add (node 0) waits for its own output: the graph has a cycle");
  OnnxBuilder itself = with_input();
  itself.output(itself.add("Add", {"x", "y"}, "y"));
  EXPECT_THAT(test::refusal_of(itself), HasSubstr("the graph has a cycle"));
}

TEST(OnnxStructure, InitializersAreWrittenOnce) {
  OnnxBuilder file = with_input();
  file.output(file.add("Relu", {"x"}, "y"));
  file.reals("c", {}, {1});
  file.reals("c", {}, {2});
  EXPECT_EQ(test::refusal_of(file), "tensor 'c': there is another one of this name");
}

TEST(OnnxStructure, InputsAreWrittenOnce) {
  OnnxBuilder file = with_input();
  file.input("x", {1, 4});
  file.output(file.add("Relu", {"x"}, "y"));
  EXPECT_EQ(test::refusal_of(file), "the graph has several inputs of the name 'x'");
}

// All offenders are listed, with what would help; what only follows from them is not.
TEST(OnnxStructure, AllThatIsUnsupportedIsListed) {
  OnnxBuilder file = with_input();
  const std::string lstm = file.add("LSTM", {"x"}, "lstm"), hidden = file.add("Relu", {lstm}, "hidden");
  const std::string odd = file.add("Frobnicate", {"x"}, "odd");
  file.output(file.add("Add", {hidden, odd}, "y"));
  EXPECT_THAT(
      test::reasons(test::read(file)),
      ElementsAre("LSTM (node 0): the operator is not supported; recurrent operators are not supported; unroll "
                  "it, or use convolutions",
                  "Frobnicate (node 2): the operator is not supported; replace it or leave it out of the model"));
}

TEST(OnnxStructure, OnlyTheCausesAreReportedInTheEnd) {
  OnnxBuilder file = with_input();
  const std::string odd = file.add("Frobnicate", {"x"}, "odd");
  const std::string tanh = file.add("Tanh", {odd}, "tanh");
  file.quantized_output(file.add("Add", {tanh, file.add("TopK", {"x"}, "top")}, "sum"));
  Graph graph = test::integer_graph(file);
  try {
    lower(graph);
    FAIL() << "not refused";
  } catch (const Refusal& refusal) {
    EXPECT_THAT(refusal.offenders(), ElementsAre(StartsWith("Frobnicate (node 0) 'odd': the operator is not supported"),
                                                 StartsWith("TopK (node 2) 'top': the operator is not supported")));
  }
}

TEST(OnnxStructure, UnsupportedNodesThatNothingNeedsDoNotMatter) {
  OnnxBuilder file = with_input();
  file.add("Frobnicate", {"x"}, "odd");
  file.output(file.add("Relu", {file.quantized_input("z", {4})}, "y"));
  EXPECT_EQ(test::reasons(test::read(file)).size(), 1U);
  OnnxBuilder quantized = with_input();
  quantized.add("Frobnicate", {"x"}, "odd");
  quantized.quantized_output(quantized.add("Relu", {quantized.quantized_input("z", {4})}, "relu"));
  EXPECT_THAT(test::reasons(test::integer_graph(quantized)), IsEmpty());
}

TEST(OnnxStructure, DomainsAreKnown) {
  OnnxBuilder file = with_input();
  file.node("Relu", {"x"}, {"y"}).set_domain("my.domain");
  file.output("y");
  EXPECT_THAT(test::reasons(test::read(file)),
              ElementsAre("Relu (node 0): the operators of domain 'my.domain' are not supported; use standard ones"));
  for (const char* domain : {"", "ai.onnx", "com.microsoft"}) {
    file.graph().mutable_node(0)->set_domain(domain);
    EXPECT_THAT(test::reasons(test::read(file)), IsEmpty()) << domain;
  }
}

TEST(OnnxStructure, OutputsThatAreNotSupportedAreNamed) {
  OnnxBuilder file = with_input();
  file.node("Dropout", {"x"}, {"y", "mask"});
  file.output("y");
  EXPECT_THAT(test::reasons(test::read(file)),
              ElementsAre("Dropout (node 0): its output 'mask' is not supported; leave it out"));
  file.graph().mutable_node(0)->set_output(1, "");
  EXPECT_THAT(test::reasons(test::read(file)), IsEmpty());
}

TEST(OnnxStructure, ManyNodesAreReadInALineOfThem) {
  OnnxBuilder file = with_input();
  std::string x = "x";
  for (int i = 0; i < 20'000; ++i) x = file.add("Relu", {x}, "r" + std::to_string(i));
  file.output(x);
  Graph graph = test::read(file);
  EXPECT_EQ(test::all<Relu>(graph).size(), 20'000U);
}

}  // namespace
}  // namespace qrun::converter
