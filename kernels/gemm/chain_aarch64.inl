// The innermost loops of neon.cc for ARM of 64 bits: two rows by four columns, in chains.
//
// Why assembly: the Cortex-A53 and its like begin two instructions a cycle, but in the program's order, and results
// take four to six cycles. Compilers put loads next to their uses, which costs more than half of the speed. Here
// weights are loaded a step ahead into one of two sets of registers, activations while a chain is added to the sums,
// and what integer instructions there are come together.
//
// Registers: v0 to v7 are the int16 sums of a chain, row by row; v8 to v11 and v12 to v15 the rows' activations, 64 of
// each; v16 to v19 and v20 to v23 the columns' weights in even and in odd steps; v24 to v31 the int32 sums.

#pragma once

#include <arm_neon.h>

#include <cstddef>
#include <cstdint>

namespace qrun::kernels {
namespace {

#define QRUN_LOAD_4(R0, R1, R2, R3, ADDRESS) "ld1 {" R0 ".16b, " R1 ".16b, " R2 ".16b, " R3 ".16b}, [" ADDRESS "] \n"
#define QRUN_LOAD_EVEN(ADDRESS) QRUN_LOAD_4("v16", "v17", "v18", "v19", ADDRESS)
#define QRUN_LOAD_ODD(ADDRESS) QRUN_LOAD_4("v20", "v21", "v22", "v23", ADDRESS)

// One row's activations A by four columns' weights, of both the half T: "8b" or "16b".
#define QRUN_ROW(OP, T, S0, S1, S2, S3, A, W0, W1, W2, W3)                                                        \
  OP " " S0 ".8h, " A "." T ", " W0 "." T " \n" OP " " S1 ".8h, " A "." T ", " W1 "." T " \n" OP " " S2 ".8h, " A \
     "." T ", " W2 "." T " \n" OP " " S3 ".8h, " A "." T ", " W3 "." T " \n"
#define QRUN_ROW_0(OP, T, A, ...) QRUN_ROW(OP, T, "v0", "v1", "v2", "v3", A, __VA_ARGS__)
#define QRUN_ROW_1(OP, T, A, ...) QRUN_ROW(OP, T, "v4", "v5", "v6", "v7", A, __VA_ARGS__)

// A step of 16 activations: OP begins or continues the chain. BETWEEN follows the last use of A0.
#define QRUN_STEP(OP, A0, A1, BETWEEN, ...)    \
  QRUN_ROW_0(OP, "8b", A0, __VA_ARGS__)        \
  QRUN_ROW_1(OP, "8b", A1, __VA_ARGS__)        \
  QRUN_ROW_0("smlal2", "16b", A0, __VA_ARGS__) \
  BETWEEN                                      \
  QRUN_ROW_1("smlal2", "16b", A1, __VA_ARGS__)
#define QRUN_EVEN_STEP(OP, A0, A1) QRUN_STEP(OP, A0, A1, "", "v16", "v17", "v18", "v19")
#define QRUN_ODD_STEP(OP, A0, A1, BETWEEN) QRUN_STEP(OP, A0, A1, BETWEEN, "v20", "v21", "v22", "v23")

#define QRUN_END_CHAIN                              \
  "sadalp v24.4s, v0.8h \n sadalp v25.4s, v1.8h \n" \
  "sadalp v26.4s, v2.8h \n sadalp v27.4s, v3.8h \n" \
  "sadalp v28.4s, v4.8h \n sadalp v29.4s, v5.8h \n" \
  "sadalp v30.4s, v6.8h \n sadalp v31.4s, v7.8h \n"

// Four steps, in one chain or in two, with END_2 and OP_2 between them. LOAD_0 and LOAD_1: the activations of the next.
#define QRUN_FOUR_STEPS(END_2, OP_2, LOAD_0, LOAD_1)                                                   \
  QRUN_LOAD_ODD("%[w1]")                                                                               \
  QRUN_EVEN_STEP("smull", "v8", "v12") QRUN_LOAD_EVEN("%[w2]") QRUN_ODD_STEP("smlal", "v9", "v13", "") \
      END_2 QRUN_LOAD_ODD("%[w3]") QRUN_EVEN_STEP(OP_2, "v10", "v14") QRUN_LOAD_EVEN("%[w0]")          \
          QRUN_ODD_STEP("smlal", "v11", "v15", LOAD_0) LOAD_1 QRUN_END_CHAIN

// Four steps, once and `blocks` times more. The last time behind the activations nothing may be read.
#define QRUN_ALL_FOUR_STEPS(END_2, OP_2) \
  "cbz %[blocks], 2f \n"                                                                                   \
  "1: \n" QRUN_FOUR_STEPS(END_2, OP_2, QRUN_LOAD_4("v8", "v9", "v10", "v11", "%[row0]"),                   \
                          QRUN_LOAD_4("v12", "v13", "v14", "v15", "%[row1]"))                              \
  "subs %[blocks], %[blocks], #1 \n add %[row0], %[row0], #64 \n add %[row1], %[row1], #64 \n"             \
  "add %[w0], %[w0], %[step], lsl #2 \n add %[w1], %[w1], %[step], lsl #2 \n"                              \
  "add %[w2], %[w2], %[step], lsl #2 \n add %[w3], %[w3], %[step], lsl #2 \n"                              \
  "b.ne 1b \n"                                                                                             \
  "2: \n" QRUN_FOUR_STEPS(END_2, OP_2, "", "")

// As neon.cc says.
[[gnu::noinline]] inline void add_products(const ChainRuns& x, const std::int8_t* const* rows,
                                           std::ptrdiff_t second_row, const std::int8_t* weights, int32x4_t& sum0,
                                           int32x4_t& sum1) {
  const std::int8_t *row0, *row1, *w0, *w1, *w2, *w3;
  const std::int8_t* const* run_rows = rows;
  const ExtraStep* extra = x.extra;
  std::size_t blocks, next;
  std::int32_t runs = x.runs, extra_steps = x.extra_steps;
  asm volatile(
      "movi v24.4s, #0 \n movi v25.4s, #0 \n movi v26.4s, #0 \n movi v27.4s, #0 \n"
      "movi v28.4s, #0 \n movi v29.4s, #0 \n movi v30.4s, #0 \n movi v31.4s, #0 \n"
      QRUN_LOAD_EVEN("%[weights]")
      "add %[w1], %[weights], %[step] \n"  // always the first step that is not loaded

      // A run: blocks of four steps, then two more and one more, or singly all of them.
      "11: \n"
      "ldr %[row0], [%[run_rows]] \n ldr %[row1], [%[run_rows], %[second_row]] \n"
      "add %[run_rows], %[run_rows], %[stride] \n"
      "lsr %[blocks], %[depth], #4 \n"
      "cmp %w[chain], #2 \n b.lo 6f \n"
      "lsr %[blocks], %[depth], #6 \n"
      "subs %[blocks], %[blocks], #1 \n b.lo 4f \n"
      QRUN_LOAD_4("v8", "v9", "v10", "v11", "%[row0]")
      "add %[w2], %[w1], %[step] \n"
      QRUN_LOAD_4("v12", "v13", "v14", "v15", "%[row1]")
      "add %[w3], %[w2], %[step] \n"
      "add %[w0], %[w3], %[step] \n"
      "add %[row0], %[row0], #64 \n add %[row1], %[row1], #64 \n"
      "cmp %w[chain], #4 \n b.eq 3f \n"
      QRUN_ALL_FOUR_STEPS(QRUN_END_CHAIN, "smull")
      "b 8f \n"
      "3: \n"
      QRUN_ALL_FOUR_STEPS("", "smlal")
      "8: \n"
      "add %[w1], %[w0], %[step] \n"

      "4: \n"
      "tbz %[depth], #5, 5f \n"
      "ldp q8, q9, [%[row0]], #32 \n ldp q12, q13, [%[row1]], #32 \n"
      QRUN_LOAD_ODD("%[w1]") "add %[w1], %[w1], %[step] \n"
      QRUN_EVEN_STEP("smull", "v8", "v12")
      QRUN_LOAD_EVEN("%[w1]") "add %[w1], %[w1], %[step] \n"
      QRUN_ODD_STEP("smlal", "v9", "v13", "")
      QRUN_END_CHAIN

      "5: \n"
      "ubfx %[blocks], %[depth], #4, #1 \n"
      "6: \n"
      "cbz %[blocks], 7f \n"
      "ldr q8, [%[row0]], #16 \n ldr q12, [%[row1]], #16 \n"
      "sub %[blocks], %[blocks], #1 \n"
      QRUN_EVEN_STEP("smull", "v8", "v12")
      QRUN_LOAD_EVEN("%[w1]") "add %[w1], %[w1], %[step] \n"
      QRUN_END_CHAIN
      "b 6b \n"
      "7: \n"
      "subs %w[runs], %w[runs], #1 \n"
      "b.ne 11b \n"

      // The extra steps: activations `depth` bytes into a run's.
      "9: \n"
      "cbz %w[extra_steps], 10f \n"
      "ldpsw %[next], %[blocks], [%[extra]], #8 \n"
      "sub %w[extra_steps], %w[extra_steps], #1 \n"
      "madd %[next], %[next], %[stride], %[rows] \n"
      "ldr %[row0], [%[next]] \n ldr %[row1], [%[next], %[second_row]] \n"
      "ldr q8, [%[row0], %[blocks]] \n ldr q12, [%[row1], %[blocks]] \n"
      QRUN_EVEN_STEP("smull", "v8", "v12")
      QRUN_LOAD_EVEN("%[w1]") "add %[w1], %[w1], %[step] \n"
      QRUN_END_CHAIN
      "b 9b \n"

      "10: \n"
      "addp v24.4s, v24.4s, v25.4s \n addp v26.4s, v26.4s, v27.4s \n"
      "addp v28.4s, v28.4s, v29.4s \n addp v30.4s, v30.4s, v31.4s \n"
      "ldr q0, [%[sum0]] \n ldr q1, [%[sum1]] \n"
      "addp v24.4s, v24.4s, v26.4s \n addp v28.4s, v28.4s, v30.4s \n"
      "add v0.4s, v0.4s, v24.4s \n add v1.4s, v1.4s, v28.4s \n"
      "str q0, [%[sum0]] \n str q1, [%[sum1]] \n"
      : [run_rows] "+&r"(run_rows), [runs] "+&r"(runs), [extra] "+&r"(extra), [extra_steps] "+&r"(extra_steps),
        [row0] "=&r"(row0), [row1] "=&r"(row1), [w0] "=&r"(w0), [w1] "=&r"(w1), [w2] "=&r"(w2), [w3] "=&r"(w3),
        [blocks] "=&r"(blocks), [next] "=&r"(next)
      : [rows] "r"(rows), [second_row] "r"(second_row * std::ptrdiff_t{sizeof(*rows)}), [depth] "r"(x.depth),
        [chain] "r"(x.chain), [stride] "r"(x.row_stride * std::ptrdiff_t{sizeof(*rows)}), [step] "r"(x.step_bytes),
        [weights] "r"(weights), [sum0] "r"(&sum0), [sum1] "r"(&sum1)
      : "cc", "memory", "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10", "v11", "v12", "v13", "v14",
        "v15", "v16", "v17", "v18", "v19", "v20", "v21", "v22", "v23", "v24", "v25", "v26", "v27", "v28", "v29", "v30",
        "v31");
}

#undef QRUN_LOAD_4
#undef QRUN_LOAD_EVEN
#undef QRUN_LOAD_ODD
#undef QRUN_ROW
#undef QRUN_ROW_0
#undef QRUN_ROW_1
#undef QRUN_STEP
#undef QRUN_EVEN_STEP
#undef QRUN_ODD_STEP
#undef QRUN_END_CHAIN
#undef QRUN_FOUR_STEPS
#undef QRUN_ALL_FOUR_STEPS

}  // namespace
}  // namespace qrun::kernels
