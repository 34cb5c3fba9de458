#include "tests/runtime/refusal.h"

namespace qrun::test {
namespace {

using Concatenation = qfb::ConcatenationT;
using Gather = qfb::GatherT;
using Model = qfb::ModelT;
using Pad = qfb::PadT;
using ResizeBilinear = qfb::ResizeBilinearT;
using ResizeNearest = qfb::ResizeNearestT;
using Slice = qfb::SliceT;
using Tile = qfb::TileT;
using Transpose = qfb::TransposeT;

constexpr Refusal kMovement[] = {
    {"elements", "Reshape", [](Model& m) { tensor(m, "y").shape = {13}; }, "[13] with 13 elements"},
    {"dtype", "Reshape", [](Model& m) { tensor(m, "y").dtype = qfb::DType::uint8; }, "'y' is uint8"},
    {"two_inputs", "Reshape",
     [](Model& m) {
       m.operators[0]->inputs = {0, 0};
     },
     "it has 2 inputs"},

    {"missing_permutation", "Transpose", [](Model& m) { params<Transpose>(m).permutation.clear(); },
     "permutation has 0 entries; it must have 3"},
    {"axis_outside", "Transpose",
     [](Model& m) {
       params<Transpose>(m).permutation = {0, 1, 3};
     },
     "permutation is 3"},
    {"negative_axis", "Transpose",
     [](Model& m) {
       params<Transpose>(m).permutation = {0, 1, -1};
     },
     "permutation is -1"},
    {"axis_twice", "Transpose",
     [](Model& m) {
       params<Transpose>(m).permutation = {0, 1, 1};
     },
     "names axis 1 twice"},
    {"output_shape", "Transpose",
     [](Model& m) {
       params<Transpose>(m).permutation = {0, 1, 2};
     },
     "imply [2,3,4]"},

    {"rank", "Slice", [](Model& m) { tensor(m, "y").shape = {2}; }, "it must have rank 2"},
    {"missing_begin", "Slice", [](Model& m) { params<Slice>(m).begin.clear(); }, "begin has 0 entries"},
    {"missing_step", "Slice", [](Model& m) { params<Slice>(m).step = {1}; }, "step has 1 entries"},
    {"begin_outside", "Slice", [](Model& m) { params<Slice>(m).begin[0] = 5; },
     "axis 0: 2 elements from 5 with step 2"},
    {"negative_begin", "Slice", [](Model& m) { params<Slice>(m).begin[1] = -1; }, "axis 1: 2 elements from -1"},
    {"end_outside", "Slice", [](Model& m) { params<Slice>(m).step[0] = 4; }, "do not lie in the input's 5"},
    {"end_before_the_beginning", "Slice", [](Model& m) { params<Slice>(m).step[1] = -6; }, "from 5 with step -6"},
    {"step_of_0", "Slice", [](Model& m) { params<Slice>(m).step[0] = 0; }, "a step must not be 0"},
    {"huge_step", "Slice", [](Model& m) { params<Slice>(m).step[0] = 0x7FFFFFFF; }, "with step 2147483647"},

    {"no_inputs", "Concatenation", [](Model& m) { m.operators[0]->inputs = {}; }, "its inputs are missing"},
    {"absent_input", "Concatenation", [](Model& m) { m.operators[0]->inputs[1] = -1; }, "input 1 is absent"},
    {"axis", "Concatenation", [](Model& m) { params<Concatenation>(m).axis = 2; }, "axis is 2"},
    {"negative_axis", "Concatenation", [](Model& m) { params<Concatenation>(m).axis = -1; }, "axis is -1"},
    {"dtype", "Concatenation", [](Model& m) { tensor(m, "x2").dtype = qfb::DType::uint8; }, "'x2' is uint8"},
    {"rank", "Concatenation", [](Model& m) { tensor(m, "x2").shape = {2}; }, "'x2' has shape [2]"},
    {"other_extent", "Concatenation",
     [](Model& m) {
       tensor(m, "x2").shape = {1, 2};
     },
     "they may differ along axis 1 only"},
    {"output_shape", "Concatenation",
     [](Model& m) {
       tensor(m, "y").shape = {2, 6};
     },
     "imply [2,7]"},

    {"int32", "Pad", [](Model& m) { tensor(m, "x").dtype = tensor(m, "y").dtype = qfb::DType::int32; }, "'x' is int32"},
    {"missing_before", "Pad", [](Model& m) { params<Pad>(m).before.clear(); }, "before has 0 entries"},
    {"missing_after", "Pad",
     [](Model& m) {
       params<Pad>(m).after = {1, 2, 3};
     },
     "after has 3 entries"},
    {"negative_before", "Pad", [](Model& m) { params<Pad>(m).before[0] = -1; }, "before is -1"},
    {"negative_after", "Pad", [](Model& m) { params<Pad>(m).after[1] = -2; }, "after is -2"},
    {"value", "Pad", [](Model& m) { params<Pad>(m).value = 128; }, "value is 128"},
    {"output_shape", "Pad", [](Model& m) { params<Pad>(m).after[0] = 0x7FFFFFFF; }, "imply [2147483650,5]"},

    {"missing_repeats", "Tile", [](Model& m) { params<Tile>(m).repeats.clear(); }, "repeats has 0 entries"},
    {"repeats_of_0", "Tile", [](Model& m) { params<Tile>(m).repeats[1] = 0; }, "repeats is 0"},
    {"output_shape", "Tile", [](Model& m) { params<Tile>(m).repeats[1] = 2; }, "imply [4,6]"},

    {"axis", "Gather", [](Model& m) { params<Gather>(m).axis = 3; }, "axis is 3"},
    {"missing_indices", "Gather", [](Model& m) { params<Gather>(m).indices.clear(); }, "indices are missing"},
    {"index_outside", "Gather", [](Model& m) { params<Gather>(m).indices[2] = 4; }, "index is 4; it must be in [0, 3]"},
    {"negative_index", "Gather", [](Model& m) { params<Gather>(m).indices[4] = -1; }, "index is -1"},
    {"output_shape", "Gather", [](Model& m) { params<Gather>(m).indices.pop_back(); }, "imply [2,4,3]"},

    {"rank", "ResizeBilinear",
     [](Model& m) {
       tensor(m, "x").shape = {2, 3, 2};
     },
     "it must have rank 4"},
    {"channels", "ResizeBilinear",
     [](Model& m) {
       tensor(m, "y").shape = {1, 5, 4, 3};
     },
     "imply [1,5,4,2]"},
    {"dtype", "ResizeBilinear", [](Model& m) { tensor(m, "y").dtype = qfb::DType::uint8; }, "'y' is uint8"},
    {"both_conventions", "ResizeBilinear", [](Model& m) { params<ResizeBilinear>(m).align_corners = true; },
     "at most one may be"},
    {"too_large", "ResizeBilinear",
     [](Model& m) {
       tensor(m, "y").shape = {1, 1 << 21, 4, 2};
     },
     "the output's extent is 2097152"},
    {"missing_rows", "ResizeNearest", [](Model& m) { params<ResizeNearest>(m).rows.clear(); }, "rows has 0 entries"},
    {"missing_columns", "ResizeNearest", [](Model& m) { params<ResizeNearest>(m).columns.pop_back(); },
     "columns has 1 entries; it must have 2"},
    {"row_outside", "ResizeNearest", [](Model& m) { params<ResizeNearest>(m).rows[3] = 2; }, "rows is 2"},
    {"negative_column", "ResizeNearest", [](Model& m) { params<ResizeNearest>(m).columns[0] = -1; }, "columns is -1"},
};
INSTANTIATE_TEST_SUITE_P(Movement, Refused, testing::ValuesIn(kMovement), refusal_name);

}  // namespace
}  // namespace qrun::test
