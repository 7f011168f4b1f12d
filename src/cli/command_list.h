/* Every command, in the order of the help: X(name) stands for src/cli/NAME.c and its row
   lk_command_NAME. */
/* clang-format off */
#define LK_COMMAND_LIST(X) \
    X(prepare)            \
    X(train)              \
    X(eval)               \
    X(reproduce)          \
    X(table)              \
    X(compare)            \
    X(explain)            \
    X(reconstruct)        \
    X(sample)             \
    X(interpolate)        \
    X(traverse)           \
    X(encode)             \
    X(info)               \
    X(bench)              \
    X(config)             \
    X(list)               \
    X(help)
