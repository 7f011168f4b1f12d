/* Every command, in the order in which help lists them. X(name) is the command in src/cli/NAME.c,
   whose row is lk_command_NAME. */
/* clang-format off */
#define LK_COMMAND_LIST(X) \
    X(prepare)            \
    X(train)              \
    X(eval)               \
    X(reproduce)          \
    X(sweep)              \
    X(runs)               \
    X(watch)              \
    X(table)              \
    X(curves)             \
    X(report)             \
    X(compare)            \
    X(explain)            \
    X(reconstruct)        \
    X(sample)             \
    X(interpolate)        \
    X(traverse)           \
    X(encode)             \
    X(export)             \
    X(import)             \
    X(info)               \
    X(bench)              \
    X(config)             \
    X(list)               \
    X(help)
