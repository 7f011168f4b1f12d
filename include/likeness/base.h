/**
 * base: what every other layer stands on. Status and error text, memory, arenas, random numbers,
 * text, files, checksums, threads, the logger, strict JSON, option tables, and the interface
 * between processes.
 *
 * Rules that hold in the whole library
 *   errors     what can fail returns lk_status and takes `lk_error *err` (may be NULL) last;
 *              outputs are written on success only. The library never prints and never exits.
 *   ownership  arguments are borrowed; results belong to the owner the comment names.
 *   globals    none that change: threads, kernels, logger and comm travel in an lk_context.
 */
#ifndef LIKENESS_BASE_H
#define LIKENESS_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifndef LK_REAL
#define LK_REAL float
#endif
/* float; double in the build that checks gradients (-DLK_REAL=double) */
typedef LK_REAL lk_real;
#define LK_R(x) ((lk_real)(x)) /* a constant of that type */

#if defined(__GNUC__)
#define LK_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define LK_PRINTF(fmt, args)
#endif
#define LK_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- status and error text ------------------------------------------------------------------- */

/** Every status: name, exit code of the program, words. */
#define LK_STATUS_LIST(X)                                                                          \
    X(LK_OK, 0, "done")                                                                            \
    X(LK_FAILED, 1, "failed")                                                                      \
    X(LK_MEMORY, 1, "out of memory")                                                               \
    X(LK_USAGE, 2, "wrong usage or config")                                                        \
    X(LK_FORMAT, 3, "bad data or file format")                                                     \
    X(LK_READ, 3,                                                                                  \
      "cannot be read") /* absent, or the system does not give it: what is in it may be sound */   \
    X(LK_DIVERGED, 4, "diverged")                                                                  \
    X(LK_WRITE, 5, "write failed")                                                                 \
    X(LK_TERMINATED, 75, "stopped by SIGTERM or SIGUSR1")                                          \
    X(LK_INTERRUPTED, 130, "stopped by SIGINT")

#define LK_STATUS_ENUM(name, exit_code, words) name,
typedef enum lk_status { LK_STATUS_LIST(LK_STATUS_ENUM) } lk_status;
#undef LK_STATUS_ENUM

int lk_status_exit_code(lk_status status);
const char *lk_status_words(lk_status status);

/** The caller's storage for one message: what, where, got, wanted. */
typedef struct lk_error {
    char text[1024];
} lk_error;

/** Write the message (cut to fit) and return `status`, so that failing is one statement. `err` may
 * be NULL. */
lk_status lk_fail(lk_error *err, lk_status status, const char *format, ...) LK_PRINTF(3, 4);

/** The message for memory that could not be had. */
lk_status lk_fail_memory(lk_error *err, size_t n_bytes, const char *what);

#ifdef __clang_analyzer__ /* sees one source at a time, so it must be told what these return */
#define lk_fail(err, status, ...)          (lk_fail((err), (status), __VA_ARGS__), (status))
#define lk_fail_memory(err, n_bytes, what) (lk_fail_memory((err), (n_bytes), (what)), LK_MEMORY)
#endif

/** Put "<prefix>: " in front of the message: each level adds where it was. */
void lk_error_prefix(lk_error *err, const char *format, ...) LK_PRINTF(2, 3);

/* ---- memory ---------------------------------------------------------------------------------- */

/** Zeroed memory, aligned to 64 bytes; NULL when there is none. The one place all heap memory comes
 * from. */
void *lk_alloc(size_t n_bytes);
/** Grow or shrink; new bytes are not zeroed; NULL leaves the old block alone. `block` may be
 * NULL. */
void *lk_realloc(void *block, size_t old_bytes, size_t n_bytes);
void lk_free(void *block);
/** n * size, or SIZE_MAX when that overflows (which no allocation can satisfy). */
size_t lk_size_mul(size_t n, size_t size);

/** Many small allocations with one lifetime, freed at once. */
typedef struct lk_arena {
    struct lk_arena_chunk *chunks;
} lk_arena;

void lk_arena_init(lk_arena *arena);
/** Zeroed, 64-byte aligned; NULL when out of memory. Belongs to the arena. */
void *lk_arena_alloc(lk_arena *arena, size_t n_bytes);
/** A copy of `text` in the arena; NULL when out of memory. */
char *lk_arena_text(lk_arena *arena, const char *text);
void lk_arena_deinit(lk_arena *arena);

/** A large block straight from the system, zeroed, on huge pages where the system has them; NULL
 * when there is none. */
void *lk_pages_alloc(size_t n_bytes);
void lk_pages_free(void *block, size_t n_bytes);
/** Present and highest resident anonymous memory of this process in bytes (RssAnon); 0 where
 * unknown. */
size_t lk_memory_anonymous(void);
/** Bytes this process may still take: the least of what the system has available, its control group
 * and its ulimits leave; SIZE_MAX where unknown. */
size_t lk_memory_available(void);
/** Processors this process may use, at least 1: those it may run on, and no more than its control
 * group gives it the time of, rounded up. */
int lk_processors_available(void);

/* ---- random numbers -------------------------------------------------------------------------- */

/** What a sequence is for. A sequence is named by (seed, stream, epoch, index): there is no state
 * to save. */
typedef enum lk_stream {
    LK_STREAM_INIT = 1,   /* index: parameter */
    LK_STREAM_SHUFFLE,    /* epoch */
    LK_STREAM_FLIP,       /* epoch, index: image */
    LK_STREAM_NOISE,      /* latent noise. epoch, index: image */
    LK_STREAM_PRIOR,      /* prior samples. epoch, index: image */
    LK_STREAM_SYNTHETIC,  /* index: picture */
    LK_STREAM_BASELINE,   /* random start of the PCA */
    LK_STREAM_TEST,       /* 8: golden scripts know it */
    LK_STREAM_EVAL_NOISE, /* latent noise of evaluation. index: image */
    LK_STREAM_EVAL_PRIOR, /* prior samples of evaluation. epoch: batch, index: sample */
    LK_STREAM_SAMPLE,     /* codes of the command sample. index: picture */
} lk_stream;

/** One sequence of Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC
 * 2011). */
typedef struct lk_rng {
    uint32_t key[2], counter[4], block[4];
    int n_left; /* unread words of block */
} lk_rng;

/** The bijection itself: 4 words out of a 4-word counter and a 2-word key, 10 rounds. */
void lk_philox4x32(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

lk_rng lk_rng_at(uint64_t seed, lk_stream stream, uint32_t epoch, uint32_t index);
uint32_t lk_rng_u32(lk_rng *rng);
/** In [0, n), without bias; n > 0. */
uint32_t lk_rng_below(lk_rng *rng, uint32_t n);
/** In [0, 1), 53 bits. Takes two words. */
double lk_rng_uniform(lk_rng *rng);
/** The next n of them. */
void lk_rng_uniforms(lk_rng *rng, size_t n, double *out);
/** Mean 0, variance 1 (Box, Muller 1958). Takes four words. */
double lk_rng_normal(lk_rng *rng);
/** Pass over n words, as if by lk_rng_u32. */
void lk_rng_skip(lk_rng *rng, uint64_t n);

/* ---- text ------------------------------------------------------------------------------------ */

/** A growing string. Running out of memory is sticky: check `failed` once. */
typedef struct lk_text {
    char *data; /* always ends in 0 once something was added; NULL before */
    size_t n, capacity;
    bool failed;
} lk_text;

void lk_text_add(lk_text *text, const char *format, ...) LK_PRINTF(2, 3);
void lk_text_bytes(lk_text *text, const void *data, size_t n_bytes);
void lk_text_deinit(lk_text *text);

/** Bytes of the UTF-8 character (RFC 3629: no overlong forms, no surrogates, at most U+10FFFF) that
 * begins there, n_left > 0; 0: none does. */
size_t lk_utf8_length(const char *text, size_t n_left);

/** The word nearest to `got` (edit distance at most a third of its length, at least 2), or NULL.
 * `words` ends in NULL. */
const char *lk_text_nearest(const char *got, const char *const *words);
/** snprintf into a fixed buffer; false when it was cut. */
bool lk_format(char *out, size_t n_bytes, const char *format, ...) LK_PRINTF(3, 4);

/* ---- files ----------------------------------------------------------------------------------- */

#define LK_PATH_MAX 4096

/** The whole file, a 0 byte after its end. Errors: LK_READ, LK_FORMAT (more than max_bytes),
 * LK_MEMORY. The caller frees with lk_free. */
lk_status lk_file_read(const char *path, size_t max_bytes, char **data, size_t *n_bytes,
                       lk_error *err);
/** Whether a regular file is there, or the system does not say (EIO, EACCES, ELOOP): opening it
 * then tells why. */
bool lk_file_exists(const char *path);
bool lk_folder_exists(const char *path);
/** The next name in a folder (a DIR *); NULL at its end, errno then 0, or where it cannot be read
 * any further. */
const char *lk_folder_next(void *folder);
/** mkdir -p. Errors: LK_WRITE. */
lk_status lk_folder_create(const char *path, lk_error *err);

/** A file mapped read-only. Errors of opening: LK_READ, LK_MEMORY. */
typedef struct lk_map {
    const uint8_t *data;
    size_t n_bytes;
} lk_map;
lk_status lk_map_open(const char *path, lk_map *map, lk_error *err);
void lk_map_close(lk_map *map);

/**
 * A file that appears whole or not at all: written as .NAME.tmp.PID beside its target, fsynced,
 * renamed, the folder fsynced. The old file stays as it was until then. What killed processes of
 * this machine left of it is removed.
 * errors  LK_WRITE with path and reason; after any error call lk_file_discard. Where only the
 *         folder's fsync failed, the new file is there
 */
typedef struct lk_file {
    int fd;
    char path[LK_PATH_MAX], temporary[LK_PATH_MAX];
} lk_file;
lk_status lk_file_create(const char *path, lk_file *file, lk_error *err);
lk_status lk_file_append(lk_file *file, const void *data, size_t n_bytes, lk_error *err);
/** Overwrite bytes already written, as a header whose numbers are known at the end. */
lk_status lk_file_patch(lk_file *file, size_t offset, const void *data, size_t n_bytes,
                        lk_error *err);
lk_status lk_file_commit(lk_file *file, lk_error *err);
/** Remove the temporary; allowed after commit, where it does nothing. */
void lk_file_discard(lk_file *file);
/** create + append + commit. */
lk_status lk_file_write(const char *path, const void *data, size_t n_bytes, lk_error *err);

/** CRC-32C (Castagnoli, reflected 0x82F63B78); start with crc = 0, chain by passing the result
 * on. */
uint32_t lk_crc32c(uint32_t crc, const void *data, size_t n_bytes);

/** Seconds of a clock that never goes back. */
double lk_seconds(void);

/* ---- threads --------------------------------------------------------------------------------- */

typedef struct lk_threads lk_threads;
/** Called once for each index in [0, n_tasks); `thread` in [0, lk_threads_count) picks scratch
 * memory. */
typedef void lk_task(void *context, int index, int thread);

/** So many OpenBLAS serves at once, as Debian builds it; it wants some for threads of its own
 * beside. */
enum { LK_THREADS_MAX = 64 };

/** n_threads 0: LIKENESS_THREADS, else lk_processors_available, at most LK_THREADS_MAX. The
 * caller's thread is one of them. */
lk_status lk_threads_create(int n_threads, lk_threads **threads, lk_error *err);
void lk_threads_destroy(lk_threads *threads);
int lk_threads_count(const lk_threads *threads);
/**
 * Run all tasks and return when the last has ended. Which thread runs a task is left to chance, so
 * a task's result may depend on its index only: cut work by layer and shard, never by threads.
 * Tasks must not call this.
 */
void lk_threads_run(lk_threads *threads, int n_tasks, lk_task *task, void *context);

/* ---- several processes ----------------------------------------------------------------------- */

/** The processes that train together. Row `single`: this one alone. Rank r holds the shards [r S/n,
 * (r+1) S/n). */
typedef struct lk_comm {
    const char *name;
    int rank, n_ranks;
    /** Add `values` of all ranks over the upper part of the shard tree; every rank gets the same
     * bits. */
    lk_status (*sum)(struct lk_comm *comm, lk_real *values, size_t n, lk_error *err);
    lk_status (*sum_doubles)(struct lk_comm *comm, double *values, size_t n, lk_error *err);
    void *state;
} lk_comm;
lk_comm lk_comm_single(void);

/* ---- logger and context ---------------------------------------------------------------------- */

typedef enum lk_level { LK_INFO, LK_WARNING } lk_level;
/** Where messages go; write NULL drops them. */
typedef struct lk_log {
    void (*write)(void *self, lk_level level, const char *text);
    void *self;
} lk_log;
void lk_log_say(const lk_log *log, lk_level level, const char *format, ...) LK_PRINTF(3, 4);

/** What travels instead of globals. All borrowed. */
typedef struct lk_context {
    lk_threads *threads;
    const struct lk_kernels *kernels; /* tensor.h: the kernels of one instruction set */
    lk_comm *comm;
    lk_log log;
} lk_context;

/* ---- JSON ------------------------------------------------------------------------------------ */

struct cJSON;

/**
 * A JSON document read strictly (RFC 8259 and // comments; no duplicate keys, no number that is not
 * finite, sound UTF-8, no control characters or \u0000 in strings, depth at most 64), whose every
 * value knows its file and line. Values are cJSON's: read them with its accessors (case-sensitive
 * look-ups only), change the tree only through lk_json_move and lk_json_drop.
 */
typedef struct lk_json {
    struct cJSON *root;
    struct cJSON *dropped;        /* what the tree no longer holds; kept, as places go by address */
    struct lk_json_place *places; /* file and line of every value, sorted by address */
    size_t n_places;
    struct lk_json *adopted; /* documents whose values may stand in this tree */
    struct lk_json *next;    /* the next one adopted by the same document */
    lk_arena arena;
} lk_json;

/** `name` stands in messages ("name:line: ..."). Errors: LK_USAGE with name and line, LK_MEMORY. */
lk_status lk_json_parse(const char *text, size_t n_bytes, const char *name, lk_json *json,
                        lk_error *err);
/** lk_json_parse on a file of at most 16 MB. Errors: LK_READ, LK_USAGE, LK_MEMORY. */
lk_status lk_json_read(const char *path, lk_json *json, lk_error *err);
/** A word of the command line: `text` as JSON, else as a string. The place of its values is `name`
 * without a line. */
lk_status lk_json_argument(const char *text, const char *name, lk_json *json, lk_error *err);
void lk_json_deinit(lk_json *json);
/** "file:line" of a value, in `out`; "(default)" for one that was not read from anywhere. Returns
 * `out`. */
const char *lk_json_where(const lk_json *json, const struct cJSON *value, char *out,
                          size_t n_bytes);

/** The message "file:line: path: got ..., wanted ..." for a value of the wrong kind; returns
 * LK_USAGE. An empty path is left out. */
lk_status lk_json_mismatch(const lk_json *json, const struct cJSON *value, const char *path,
                           const char *wanted, lk_error *err);
/** Put "file:line: path: " in front of the message that is in `err`; returns LK_USAGE. */
lk_status lk_json_blame(const lk_json *json, const struct cJSON *value, const char *path,
                        lk_error *err);

/** From now on values of `other` may move into json's tree. Takes ownership: `other` is empty
 * afterwards, its root lives on. Errors: LK_MEMORY. */
lk_status lk_json_adopt(lk_json *json, lk_json *other, lk_error *err);
/** Move a member of the object `from` (json's own or adopted) into `object`, in place of the member
 * of the same key. */
void lk_json_move(lk_json *json, struct cJSON *from, struct cJSON *value, struct cJSON *object);
/** Take a value out of its object or list; it lives until lk_json_deinit. */
void lk_json_drop(lk_json *json, struct cJSON *parent, struct cJSON *value);

/** Add a member to an object; takes ownership of `value`, which may be NULL, in any case. False
 * when memory ran out. */
bool lk_json_add(struct cJSON *object, const char *key, struct cJSON *value);

/**
 * Print on one line or indented by two spaces; numbers so that they read back as the same double.
 * errors  LK_MEMORY, LK_FAILED (a number not finite)
 */
lk_status lk_json_print(const struct cJSON *value, bool indent, lk_text *out, lk_error *err);
/** The shortest text that reads back as the same double; whole numbers below 2^53 without exponent.
 * Returns `out`. */
#define LK_NUMBER_TEXT_MAX 32
const char *lk_number_text(double value, char out[LK_NUMBER_TEXT_MAX]);
/** `text` in double quotes, escaped as in JSON, cut with "..." where it does not fit: for messages.
 * Returns `out`. */
const char *lk_text_quoted(const char *text, char *out, size_t n_bytes);

/* ---- option tables --------------------------------------------------------------------------- */

#define LK_LIST_MAX  32
#define LK_WORDS_MAX 1024

/** A list of numbers as an option value. */
typedef struct lk_numbers {
    int n;
    double v[LK_LIST_MAX];
} lk_numbers;

/** A list of strings; they belong to whoever was read: the JSON, the command line. */
typedef struct lk_strings {
    int n;
    const char *v[LK_LIST_MAX];
} lk_strings;

/** Type of an option and what its field is in the options struct. */
typedef enum lk_option_type {
    LK_NUMBER = 1, /* double */
    LK_INTEGER,    /* int64_t */
    LK_BOOLEAN,    /* bool */
    LK_WORD,       /* int: position in `words` */
    LK_STRING,     /* char[LK_WORDS_MAX] */
    LK_NUMBERS,    /* lk_numbers, each within [min, max] */
    LK_INTEGERS,   /* lk_numbers, whole */
    /* lk_strings, none by default; a flag of the command line that may be repeated */
    LK_STRINGS,
    /* const struct cJSON *: a value some other reader takes further; NULL when absent */
    LK_JSON,
} lk_option_type;

/** A key of a config or a flag of a command: the one place that knows its type, default, range and
 * help. A table (at most 64) ends in { 0 }. */
typedef struct lk_option {
    const char *key;
    lk_option_type type;
    size_t offset;
    /* default and range of numbers; booleans: value; min and max of a `list`: how many */
    double value, min, max;
    /* default of strings and words; of lists and LK_JSON as JSON "[3, 5]" */
    const char *text;
    /* allowed words, "uniform|gaussian"; of LK_JSON: what it takes, for messages */
    const char *words;
    const char *help;
    /* LK_JSON that is a list of objects: what their "type" chooses from; for the schema */
    const struct lk_choice *const *list;
    const struct lk_option *common; /* and the keys they have besides */
} lk_option;

#define LK_OPTION_NUMBER(S, field, value_, min_, max_, help_)                                      \
    {                                                                                              \
        .key = #field, .type = LK_NUMBER, .offset = offsetof(S, field), .value = value_,           \
        .min = min_, .max = max_, .help = help_                                                    \
    }
#define LK_OPTION_INTEGER(S, field, value_, min_, max_, help_)                                     \
    {                                                                                              \
        .key = #field, .type = LK_INTEGER, .offset = offsetof(S, field), .value = value_,          \
        .min = min_, .max = max_, .help = help_                                                    \
    }
#define LK_OPTION_BOOLEAN(S, field, value_, help_)                                                 \
    {                                                                                              \
        .key = #field, .type = LK_BOOLEAN, .offset = offsetof(S, field), .value = value_,          \
        .help = help_                                                                              \
    }
#define LK_OPTION_WORD(S, field, text_, words_, help_)                                             \
    {                                                                                              \
        .key = #field, .type = LK_WORD, .offset = offsetof(S, field), .text = text_,               \
        .words = words_, .help = help_                                                             \
    }
#define LK_OPTION_STRING(S, field, text_, help_)                                                   \
    { .key = #field, .type = LK_STRING, .offset = offsetof(S, field), .text = text_, .help = help_ }
#define LK_OPTION_NUMBERS(S, field, text_, min_, max_, help_)                                      \
    {                                                                                              \
        .key = #field, .type = LK_NUMBERS, .offset = offsetof(S, field), .text = text_,            \
        .min = min_, .max = max_, .help = help_                                                    \
    }
#define LK_OPTION_INTEGERS(S, field, text_, min_, max_, help_)                                     \
    {                                                                                              \
        .key = #field, .type = LK_INTEGERS, .offset = offsetof(S, field), .text = text_,           \
        .min = min_, .max = max_, .help = help_                                                    \
    }

/** Fill the struct with every default (LK_JSON: NULL). */
void lk_options_default(const lk_option *table, void *options);
/**
 * Read one value of JSON into its field. `path` names it in messages: "train.batch_size".
 * errors  LK_USAGE: "file:line: path: got, wanted"
 */
lk_status lk_option_read(const lk_option *option, const lk_json *json, const struct cJSON *value,
                         const char *path, void *options, lk_error *err);
/** Add a key with its value to a JSON object; left out are LK_JSON that is NULL and a `list`, which
 * its choice writes. Errors: LK_MEMORY. */
lk_status lk_option_write(const lk_option *option, const void *options, struct cJSON *object,
                          lk_error *err);
/** The same for every key of a table. */
lk_status lk_options_write(const lk_option *table, const void *options, struct cJSON *object,
                           lk_error *err);
/** What values an option takes: "a whole number from 1 to 65536", "uniform or gaussian". Returns
 * `out`. */
const char *lk_option_wanted(const lk_option *option, char *out, size_t n_bytes);
/** Its default as it is written in a config: "64", "[3, 5]", "\"uniform\"". Returns `out`. */
const char *lk_option_default_text(const lk_option *option, char *out, size_t n_bytes);
/** A line of help: the label (a key, a flag), the help, what it takes and its default. */
void lk_option_help(const lk_option *option, const char *label, lk_text *out);
/** The row of `key`, or NULL. */
const lk_option *lk_option_find(const lk_option *table, const char *key);

/**
 * One of several things a "type" key chooses: a loss, a model, an optimiser, a schedule, a layer.
 * Each such row starts with its lk_choice, so that a list of rows is also a list of choices.
 */
typedef struct lk_choice {
    const char *name, *summary;
    const lk_option *options; /* NULL: it has none */
    size_t options_size;
    /**
     * What single keys cannot say, called after they were read; NULL: nothing. May read values
     * further, into `arena`. `object` (NULL: no keys) is the choice's own, `path` its name in
     * messages.
     * errors  LK_USAGE: "file:line: path: got, wanted" (lk_choice_blame); LK_MEMORY
     */
    lk_status (*check)(void *options, const lk_json *json, const struct cJSON *object,
                       const char *path, lk_arena *arena, lk_error *err);
    /** Add to `object` what check read further, every default written out; NULL: nothing. Errors:
     * LK_MEMORY. */
    lk_status (*write)(const void *options, struct cJSON *object, lk_error *err);
} lk_choice;

/** A chosen row and its filled options. */
typedef struct lk_chosen {
    const lk_choice *choice;
    void *options;
} lk_chosen;

/** Add a chosen row's own keys to a JSON object, without the type. Errors: LK_MEMORY. */
lk_status lk_chosen_write(const lk_chosen *chosen, struct cJSON *object, lk_error *err);

/** The row named `name` in a list (at most 63 rows) that ends in NULL, or NULL. */
const lk_choice *lk_choice_find(const lk_choice *const *list, const char *name);

/**
 * Read an object {"type": ..., keys of the choice...} by the tables: the type from `list` (`type`
 * where the object has none), its options allocated in `arena` and filled, every other key an error
 * that names the nearest word. Keys found in `common` (may be NULL) are read into `common_options`.
 * Keys that are absent get their defaults; an `object` of NULL is one without keys.
 * errors  LK_USAGE: "file:line: path: got, wanted"; LK_MEMORY
 */
lk_status lk_choice_read(const lk_choice *const *list, const char *type, const lk_option *common,
                         void *common_options, const lk_json *json, const struct cJSON *object,
                         const char *path, lk_arena *arena, lk_chosen *out, lk_error *err);
/** The same with no "type": an object whose keys are one table's. */
lk_status lk_options_read(const lk_option *table, const lk_json *json, const struct cJSON *object,
                          const char *path, void *options, lk_error *err);
/**
 * Put "file:line: path.key[i]: " in front of the message that is in `err`, for a choice's check; i
 * < 0: the key as a whole. The line is the object's where it does not have the key. Returns
 * LK_USAGE.
 */
lk_status lk_choice_blame(const lk_json *json, const struct cJSON *object, const char *path,
                          const char *key, int i, lk_error *err);

#endif
