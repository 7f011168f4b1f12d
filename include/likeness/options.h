/** Option tables: the keys of a config and the flags of a command. If a document collects errors,
 * reading goes on after each: it still returns LK_USAGE, and what was refused has its default. */
#ifndef LIKENESS_OPTIONS_H
#define LIKENESS_OPTIONS_H

#include <likeness/json.h>

LK_HEADER_BEGIN

#define LK_LIST_MAX  32
#define LK_WORDS_MAX 1024

/** A list of numbers as an option value. */
typedef struct lk_numbers {
    int n;
    double v[LK_LIST_MAX];
} lk_numbers;

/** A list of strings, which belong to what they were read from: the JSON or the command line. */
typedef struct lk_strings {
    int n;
    const char *v[LK_LIST_MAX];
} lk_strings;

/** The type of an option, and what its field in the options struct is. */
typedef enum lk_option_type {
    LK_NUMBER = 1, /* double */
    LK_INTEGER,    /* int64_t */
    LK_BOOLEAN,    /* bool */
    LK_WORD,       /* int: position in `words`, an enum (LK_WORDS) */
    LK_STRING,     /* char[LK_WORDS_MAX] */
    LK_NUMBERS,    /* lk_numbers, each within [min, max] */
    LK_INTEGERS,   /* lk_numbers, whole */
    LK_STRINGS,    /* lk_strings, none by default; a flag of a command that may be repeated */
    LK_CHOICES,    /* lk_chosen_list: objects that each choose a row of `items` */
    /* const struct cJSON *: a value that another reader reads; NULL when absent */
    LK_JSON,
} lk_option_type;

/**
 * A key of a config or a flag of a command: the one place that knows its type, default, range and
 * help. A table (at most 64 rows) ends in { 0 }.
 */
typedef struct lk_option {
    const char *key;
    lk_option_type type;
    size_t offset;
    /* numbers: default and range; booleans: default; LK_CHOICES: min and max length; LK_STRINGS:
       with a max above 0 a flag takes all words up to the next flag, otherwise one */
    double value, min, max;
    /* the default: of strings and words as such, of lists as JSON, "[3, 5]"; an LK_CHOICES without
       a default must be given */
    const char *text;
    /* LK_WORD: the allowed words, "uniform|gaussian"; LK_CHOICES: what the items are, "losses";
       LK_JSON: what it takes, for messages; LK_NUMBERS, LK_INTEGERS: what the list is, "a shape [C,
       H, W]", if a number alone stands for a list of one; NULL: always a list */
    const char *words;
    const char *help;
    const struct lk_items *items; /* of LK_CHOICES */
    /* of a flag: what help calls its value, "DIR"; NULL: named by its type */
    const char *placeholder;
    /* a flag that names a file to write, of the format that ends its placeholder, "FILE.png" */
    bool writes;
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
        .key = #field, .type = LK_NUMBERS, .offset = offsetof(S, field), .min = min_, .max = max_, \
        .text = text_, .help = help_                                                               \
    }
#define LK_OPTION_INTEGERS(S, field, text_, min_, max_, help_)                                     \
    {                                                                                              \
        .key = #field, .type = LK_INTEGERS, .offset = offsetof(S, field), .min = min_,             \
        .max = max_, .text = text_, .help = help_                                                  \
    }

/** Fill the struct with every default. LK_JSON becomes NULL, LK_CHOICES an empty list. */
void lk_options_default(const lk_option *table, void *options);
/**
 * Read one JSON value into its field. `path` is its name in messages: "train.batch_size". What
 * LK_CHOICES read is allocated in `arena`, which may be NULL for other types.
 * errors  LK_USAGE: "file:line: path: expected X, got Y"; LK_MEMORY
 */
lk_status lk_option_read(const lk_option *option, const lk_json *json, const struct cJSON *value,
                         const char *path, lk_arena *arena, void *options, lk_error *err);
/**
 * Add a key with its value to a JSON object. Left out are LK_JSON that is NULL and a string that is
 * empty by default and in fact. Errors: LK_MEMORY.
 */
lk_status lk_option_write(const lk_option *option, const void *options, struct cJSON *object,
                          lk_error *err);
/** lk_option_write for every key of a table. */
lk_status lk_options_write(const lk_option *table, const void *options, struct cJSON *object,
                           lk_error *err);
/** The values an option takes: "a whole number from 1 to 65536", "uniform or gaussian". Returns
 * `out`. */
const char *lk_option_expected(const lk_option *option, char *out, size_t n_bytes);
/** Its default as a config would write it: "64", "[3, 5]", "\"uniform\"". Returns `out`. */
const char *lk_option_default_text(const lk_option *option, char *out, size_t n_bytes);
/** Append the help, the values and the default, without a line end. */
void lk_option_describe(const lk_option *option, lk_text *out);
/** Append a line of help: the label (a key or a flag), the help, the values and the default. */
void lk_option_help(const lk_option *option, const char *label, lk_text *out);
/** lk_option_help for every key of a table, each label indented by `indent` spaces. */
void lk_options_help(const lk_option *table, int indent, lk_text *out);
/** The row of `key`, or NULL. */
const lk_option *lk_option_find(const lk_option *table, const char *key);

/**
 * One of several things that a "type" key chooses: a loss, a model, an optimizer, a schedule, a
 * layer. Each such row starts with its lk_choice, so that a list of rows is a list of choices too.
 */
typedef struct lk_choice {
    const char *name, *summary;
    const lk_option *options; /* NULL: it has none */
    size_t options_size;
    /**
     * Check what a table cannot say, after the keys were read; NULL: nothing to check. `object` is
     * the choice's own (NULL: it was not given), `path` its name in messages.
     * errors  LK_USAGE: "file:line: path: expected X, got Y" (lk_choice_error_at); LK_MEMORY
     */
    lk_status (*check)(void *options, const lk_json *json, const struct cJSON *object,
                       const char *path, lk_error *err);
} lk_choice;

/** A chosen row and its filled options. */
typedef struct lk_chosen {
    const lk_choice *choice;
    void *options;
} lk_chosen;

/** What an LK_CHOICES list holds: objects whose "type" chooses a row. */
typedef struct lk_items {
    const lk_choice *const *list;
    const char *type;        /* of an item that names none; NULL: every item has to */
    const lk_option *common; /* keys that every item has besides its row's; NULL: none */
    size_t common_size;
} lk_items;

typedef struct lk_chosen_item {
    lk_chosen chosen;
    void *common;      /* the filled common options; NULL: there are none */
    const char *where; /* "file:line: path[i]", for later messages */
} lk_chosen_item;

/** The value of an LK_CHOICES option. */
typedef struct lk_chosen_list {
    int n;
    lk_chosen_item *item;
} lk_chosen_list;

/** The row named `name` in a list (at most 63 rows) that ends in NULL, or NULL. */
const lk_choice *lk_choice_find(const lk_choice *const *list, const char *name);

/**
 * Read an object {"type": ..., keys of the choice...} by the tables. The type is one of `list`
 * (`type` if the object names none). Its options are allocated in `arena` and filled; absent keys
 * get their defaults, and so do all if `object` is NULL. Keys found in `common` (may be NULL) are
 * read into `common_options`. Any other key is an error that names the nearest known one.
 * errors  LK_USAGE: "file:line: path: expected X, got Y"; LK_MEMORY
 */
lk_status lk_choice_read(const lk_choice *const *list, const char *type, const lk_option *common,
                         void *common_options, const lk_json *json, const struct cJSON *object,
                         const char *path, lk_arena *arena, lk_chosen *out, lk_error *err);
/** The same without a "type": an object whose keys are those of one table. `arena` may be NULL if
 * the table has no LK_CHOICES. */
lk_status lk_options_read(const lk_option *table, const lk_json *json, const struct cJSON *object,
                          const char *path, lk_arena *arena, void *options, lk_error *err);
/**
 * Put "file:line: path.key[i]: " in front of the message in `err`, for a choice's check; i < 0: the
 * key as a whole. If the object does not have the key, the line is the object's. Returns LK_USAGE.
 */
lk_status lk_choice_error_at(const lk_json *json, const struct cJSON *object, const char *path,
                             const char *key, int i, lk_error *err);

LK_HEADER_END

#endif
