/* qrun's C interface: load a .qfb model, plan it for this machine, run it.
 *
 * Three objects, each made from the one before and keeping it alive:
 *   qrun_model    a checked file, read in place; immutable, shared by any number of plans and threads
 *   qrun_plan     kernels chosen for an instruction set, packed weights, arena layout; immutable, shared likewise
 *   qrun_session  one arena; used by one thread at a time, may run on several
 *
 * All errors are reported by the functions that take a qrun_status*; qrun_session_run cannot fail. Nothing prints or
 * aborts. No floating-point instruction is executed anywhere in the library: scales are handed out as IEEE-754 bits.
 */
#ifndef QRUN_QRUN_H_
#define QRUN_QRUN_H_

#include <stddef.h>
#include <stdint.h>

#if defined(_WIN32)
#define QRUN_API
#else
#define QRUN_API __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define QRUN_VERSION_MAJOR 0
#define QRUN_VERSION_MINOR 1
#define QRUN_VERSION_PATCH 0

typedef enum qrun_code {
  QRUN_OK = 0,
  QRUN_INVALID_ARGUMENT = 1, /* the caller's mistake: an index, a size, a null, an unknown instruction set */
  QRUN_IO_ERROR = 2,         /* the file could not be read */
  QRUN_INVALID_MODEL = 3,    /* not a .qfb, truncated, or its contents contradict themselves */
  QRUN_UNSUPPORTED = 4,      /* a newer format version; an instruction set that this CPU lacks */
  QRUN_OUT_OF_MEMORY = 5
} qrun_code;

/* Filled by every function that takes one; may be null where the code suffices. */
typedef struct qrun_status {
  int32_t code;           /* a qrun_code */
  int32_t operator_index; /* the operator in the file's order that it is about, or -1 */
  char message[496];      /* one line: what is wrong, where, what to do; empty for QRUN_OK */
} qrun_status;

typedef enum qrun_dtype { QRUN_INT8 = 0, QRUN_UINT8 = 1, QRUN_INT32 = 2, QRUN_INT64 = 3 } qrun_dtype;

/* Describes a graph input or output. Pointers live as long as the model. */
typedef struct qrun_tensor_info {
  const char* name;
  const int32_t* shape;
  size_t rank;
  int32_t dtype;              /* a qrun_dtype */
  size_t bytes;               /* of one sample: see qrun_plan_options.batch */
  const uint32_t* scale_bits; /* real = scale * (q - zero_point); one, or one per index of quantized_dimension */
  const int32_t* zero_points; /* as many as scales, or none (all zero) */
  size_t scale_count;         /* 0 where the tensor has no quantization */
  size_t zero_point_count;
  int32_t quantized_dimension;
} qrun_tensor_info;

typedef struct qrun_model qrun_model;
typedef struct qrun_plan qrun_plan;
typedef struct qrun_session qrun_session;

/* ---- Model ------------------------------------------------------------------------------------------------------- */

/* Maps and checks the file. On success *model is owned by the caller: release it. The file must not be written to until
 * then; rename another over it instead. */
QRUN_API qrun_code qrun_model_open(const char* path, qrun_model** model, qrun_status* status);

/* Checks a buffer in place and borrows it: it must stay unchanged until the model and all made from it are released.
 * The buffer must be aligned to 8 bytes. */
QRUN_API qrun_code qrun_model_borrow(const void* data, size_t size, qrun_model** model, qrun_status* status);

QRUN_API void qrun_model_release(qrun_model* model); /* null is fine */

QRUN_API size_t qrun_model_input_count(const qrun_model* model);
QRUN_API size_t qrun_model_output_count(const qrun_model* model);
/* The infos of input or output `index`, or null past the end. */
QRUN_API const qrun_tensor_info* qrun_model_input(const qrun_model* model, size_t index);
QRUN_API const qrun_tensor_info* qrun_model_output(const qrun_model* model, size_t index);

QRUN_API size_t qrun_model_label_count(const qrun_model* model);
QRUN_API const char* qrun_model_label(const qrun_model* model, size_t index); /* null past the end */

/* ---- Plan -------------------------------------------------------------------------------------------------------- */

/* Bands run several operators as one step, some rows of the image at a time, so that what lies between them stays in
 * the cache and needs no place in the arena. They change no output byte. */
typedef enum qrun_bands {
  QRUN_BANDS_AUTO = 0, /* where they are estimated to be faster */
  QRUN_BANDS_OFF = 1,  /* never: every operator is a step of its own, for profilers */
  QRUN_BANDS_ALL = 2   /* wherever they are possible, for tests */
} qrun_bands;

typedef struct qrun_plan_options {
  const char* isa;         /* a row's name; null or empty: the environment's QRUN_ISA, else the best this CPU has */
  int32_t threads;         /* that sessions will use, 1..256; 0 means as many as cpu_list names, or 1 */
  int32_t preserve_inputs; /* nonzero: a run leaves the inputs' bytes as they were, for some arena */
  int32_t bands;           /* a qrun_bands */
  int32_t band_rows;       /* the rows of every band; 0: as many as fit the cache */
  int32_t batch;           /* samples that a run computes at once; 0 means 1. Each input and output of a session then is
                              as many tensors of the model's shape, one after the other. The bytes of a sample's answer
                              are the same for every batch. Refused where a tensor of so many would pass 2^31 - 1 bytes */
  /* A folder that keeps packed weights for the next plan, as trusted as the program; null or empty: none. Where it
   * holds nothing usable and cannot be written to, no plan is made. */
  const char* pack_cache;
  /* CPUs, as taskset takes them: "4-7", "0,2,4-5", "0-6:2". Thread i of a session is pinned to the i-th of them. Thread
   * 0 is whoever calls and stays where it is: see qrun_plan_pin_caller. Refused where there are fewer CPUs than
   * threads, one is named twice, or the thread that makes the plan may not use one. Null or empty: nobody is pinned;
   * where some CPUs are much slower than others (big.LITTLE), a session's own threads keep to the fast ones, if they
   * suffice. */
  const char* cpu_list;
} qrun_plan_options;

QRUN_API qrun_code qrun_plan_create(const qrun_model* model, const qrun_plan_options* options, qrun_plan** plan,
                                    qrun_status* status);
QRUN_API void qrun_plan_release(qrun_plan* plan);

QRUN_API const char* qrun_plan_isa(const qrun_plan* plan);
QRUN_API int32_t qrun_plan_threads(const qrun_plan* plan); /* of a session, the caller's included */
QRUN_API int32_t qrun_plan_batch(const qrun_plan* plan);   /* samples of a run, at least 1 */
/* Bytes that a session has for input or output `index`: all samples of a run. 0 past the end. */
QRUN_API size_t qrun_plan_input_bytes(const qrun_plan* plan, size_t index);
QRUN_API size_t qrun_plan_output_bytes(const qrun_plan* plan, size_t index);
/* What a session needs: activations and scratch, for the plan's threads. */
QRUN_API size_t qrun_plan_arena_bytes(const qrun_plan* plan);
/* What no layout of these steps could do with less than: the activations alive at the step that needs most, and the
 * scratch. Never above qrun_plan_arena_bytes. */
QRUN_API size_t qrun_plan_arena_lower_bound(const qrun_plan* plan);
/* Packed weights and tables that the plan itself holds. */
QRUN_API size_t qrun_plan_packed_bytes(const qrun_plan* plan);

/* Gives the calling thread, which is to run sessions of this plan, its place beside their own threads: the first CPU of
 * cpu_list; without a list the fast CPUs that they keep to, if any. Nothing else in the library moves a thread of the
 * caller's. It stays so after the plan's end. Make plans with other CPUs before: a thread may not name those that it
 * has left. Fails where the system refuses to pin it. */
QRUN_API qrun_code qrun_plan_pin_caller(const qrun_plan* plan, qrun_status* status);

/* One step of the plan, in execution order. Pointers live as long as the plan. */
typedef struct qrun_step_info {
  const char* operator_type; /* "Conv2D" as in the schema; "Edge": bytes flipped at the graph's edge; "Band": several */
  const char* output_name;
  const char* kernel;   /* "qs8_qc8w_igemm_4x16c2__avx2" */
  const int32_t* shape; /* the output's, of one sample */
  size_t rank;
  int32_t operator_index;               /* in the file, or -1 */
  int64_t macs;                         /* multiply-accumulates of a run, 0 for operators without */
  int32_t threads;                      /* that share the step */
  const struct qrun_step_info* members; /* of a band: what it runs, in order; else null */
  size_t member_count;
} qrun_step_info;

QRUN_API size_t qrun_plan_step_count(const qrun_plan* plan);
QRUN_API const qrun_step_info* qrun_plan_step(const qrun_plan* plan, size_t index); /* null past the end */

/* ---- Session ----------------------------------------------------------------------------------------------------- */

/* Allocates an arena of its own, or, where `arena` is not null, borrows the caller's: at least qrun_plan_arena_bytes
 * long, aligned to 64 bytes, the session's alone until it is released. */
QRUN_API qrun_code qrun_session_create(const qrun_plan* plan, void* arena, size_t arena_bytes, qrun_session** session,
                                       qrun_status* status);
QRUN_API void qrun_session_release(qrun_session* session);

/* The session's model, plan: alive as long as the session; do not release them. */
QRUN_API const qrun_model* qrun_session_model(const qrun_session* session);
QRUN_API const qrun_plan* qrun_session_plan(const qrun_session* session);

/* The bytes of input `index`, qrun_plan_input_bytes of them: fill them before every run, which may overwrite them (see
 * preserve_inputs). Null past the end. The pointer stays the same for the session's life. */
QRUN_API void* qrun_session_input(qrun_session* session, size_t index);
/* The bytes of output `index`, valid after a run and until the next. Null past the end. */
QRUN_API const void* qrun_session_output(const qrun_session* session, size_t index);

/* Runs the whole plan. Never fails, allocates nothing. */
QRUN_API void qrun_session_run(qrun_session* session);

/* Runs one step, single-threaded or on the session's threads: for profilers. Running all in order is one run. */
QRUN_API void qrun_session_run_step(qrun_session* session, size_t step);

/* ---- The machine, digests ---------------------------------------------------------------------------------------- */

/* Instruction-set rows compiled in, slowest first; null past the end. */
QRUN_API const char* qrun_isa_name(size_t index);
QRUN_API int32_t qrun_isa_available(size_t index); /* whether this CPU and operating system run it */

QRUN_API const char* qrun_version(void); /* "0.1.0" */
QRUN_API const char* qrun_code_name(int32_t code);
QRUN_API const char* qrun_dtype_name(int32_t dtype);

/* SHA-256, incremental, so that a digest over several buffers needs no copy. */
typedef struct qrun_sha256_state {
  uint32_t hash[8];
  uint64_t length;
  uint8_t block[64];
} qrun_sha256_state;

QRUN_API void qrun_sha256_begin(qrun_sha256_state* state);
QRUN_API void qrun_sha256_update(qrun_sha256_state* state, const void* data, size_t size);
QRUN_API void qrun_sha256_end(qrun_sha256_state* state, uint8_t digest[32]);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* QRUN_QRUN_H_ */
