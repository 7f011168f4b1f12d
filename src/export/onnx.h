/**
 * An ONNX graph that is being made: nodes, constants, inputs and outputs. Values go by their names;
 * each function returns the name of its result. Running out of memory is sticky: names are NULL
 * from then on, and lk_onnx_pack fails.
 */
#ifndef LIKENESS_EXPORT_ONNX_H
#define LIKENESS_EXPORT_ONNX_H

#include <likeness/memory.h>
#include <likeness/tensor.h>

/* ---- making a graph ---- */

typedef struct lk_onnx_list {
    void **v;
    size_t n, capacity;
} lk_onnx_list;

typedef struct lk_onnx {
    lk_arena arena; /* owns everything below, except the lists' arrays */
    lk_onnx_list nodes, constants, inputs, outputs;
    const char *scope;     /* names of new values begin with it */
    const char **value_of; /* of each node of a Likeness graph; NULL: not yet */
    bool failed;
} lk_onnx;

void lk_onnx_init(lk_onnx *onnx);
void lk_onnx_deinit(lk_onnx *onnx);

enum { LK_ONNX_INPUTS_MAX = 5, LK_ONNX_ATTRIBUTES_MAX = 6, LK_ONNX_INTS_MAX = 5 };

typedef enum lk_onnx_kind { LK_ONNX_INT, LK_ONNX_INTS, LK_ONNX_FLOAT, LK_ONNX_TEXT } lk_onnx_kind;
typedef struct lk_onnx_attribute {
    const char *name; /* NULL: the end of the list */
    lk_onnx_kind kind;
    int n; /* of ints */
    int64_t ints[LK_ONNX_INTS_MAX];
    double number;
    const char *text;
} lk_onnx_attribute;
#define LK_ONNX_INT_IS(name_, value)                                                               \
    {                                                                                              \
        .name = name_, .kind = LK_ONNX_INT, .n = 1, .ints = { value }                              \
    }
/** As many ints as follow the name. */
#define LK_ONNX_INTS_ARE(name_, ...)                                                               \
    {                                                                                              \
        .name = name_, .kind = LK_ONNX_INTS,                                                       \
        .n = (int)(sizeof((int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t)), .ints = {                \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }
#define LK_ONNX_FLOAT_IS(name_, value)                                                             \
    { .name = name_, .kind = LK_ONNX_FLOAT, .number = value }
#define LK_ONNX_TEXT_IS(name_, value)                                                              \
    { .name = name_, .kind = LK_ONNX_TEXT, .text = value }

/** A node with one output. Inputs end in NULL; "" stands for one that is left out. */
typedef struct lk_onnx_node {
    const char *op; /* an operator of opset 17 */
    const char *in[LK_ONNX_INPUTS_MAX + 1];
    lk_onnx_attribute with[LK_ONNX_ATTRIBUTES_MAX + 1];
} lk_onnx_node;
const char *lk_onnx_add(lk_onnx *onnx, const lk_onnx_node *node);
/** The same: LK_ONNX(onnx, "Gemm", { x, w, b }, .with = { LK_ONNX_INT_IS("transB", 1) }). Names of
 * values that are made in it would come in any order: at most one is. */
#define LK_ONNX(onnx, op_, ...)                                                                    \
    lk_onnx_add(onnx, &(const lk_onnx_node){ .op = op_, .in = __VA_ARGS__ })

/** Constants: a float, an int64, a list of int64, and floats of a shape, which are copied from
 * values in the order as written; name NULL: a new one. */
const char *lk_onnx_number(lk_onnx *onnx, double value);
const char *lk_onnx_index(lk_onnx *onnx, int64_t value);
const char *lk_onnx_ints(lk_onnx *onnx, const int64_t *values, int n);
const char *lk_onnx_floats(lk_onnx *onnx, const char *name, lk_shape shape, const lk_real *values);
/** Another shape of a value; its first dimension stays. */
const char *lk_onnx_reshape(lk_onnx *onnx, const char *value, lk_shape shape);

/** An input or an output of the graph: its first dimension is "N". */
typedef struct lk_onnx_port {
    const char *name, *about; /* about: for people */
    lk_shape shape;           /* d[0] does not count */
    bool is_index;            /* int64, not float */
} lk_onnx_port;
/** Returns its name. */
const char *lk_onnx_input(lk_onnx *onnx, const lk_onnx_port *port);
/** The value that goes out by that name. */
void lk_onnx_output(lk_onnx *onnx, const lk_onnx_port *port, const char *value);

/* ---- as bytes ---- */

typedef struct lk_onnx_note {
    const char *key, *value;
} lk_onnx_note;
enum { LK_ONNX_NOTES_MAX = 8 };
/** What a file says besides its graph. */
typedef struct lk_onnx_about {
    const char *name, *words;              /* of the graph; for people */
    lk_onnx_note notes[LK_ONNX_NOTES_MAX]; /* its metadata; ends in a note without a key */
} lk_onnx_about;

/**
 * The file's bytes, which the caller frees with lk_free.
 * errors  LK_MEMORY; LK_USAGE: more bytes than protobuf can have
 */
lk_status lk_onnx_pack(lk_onnx *onnx, const lk_onnx_about *about, uint8_t **bytes, size_t *n_bytes,
                       lk_error *err);

#endif
