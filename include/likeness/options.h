/** Option tables: the keys of a config and the flags of a command. */
#ifndef LIKENESS_OPTIONS_H
#define LIKENESS_OPTIONS_H

#include <likeness/json.h>

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
