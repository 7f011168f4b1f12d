/* How much memory this process may still take: what the system has free, what its control group and its own limits leave. */
#include <likeness/base.h>

#include <stdio.h>
#include <sys/resource.h>

/* The first number of a file, after `label` on the line that begins with it; false where there is none. */
static bool read_number(const char *path, const char *label, unsigned long long *value) {
    char line[256], format[64];
    bool found = false;
    FILE *file = fopen(path, "r");
    lk_format(format, sizeof format, "%s%%llu", label);
    while (file && !found && fgets(line, sizeof line, file)) found = sscanf(line, format, value) == 1;
    if (file) fclose(file);
    return found;
}

static size_t least(size_t a, unsigned long long b) {
    return b < a ? (size_t)b : a;
}

/* Of control groups (versions 2 and 1) and ulimit. The kernel does not enforce RLIMIT_RSS (ulimit -m): here it is a wish to keep. */
static size_t limit(void) {
    static const char *const groups[] = { "/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes" };
    static const int resources[] = { RLIMIT_AS, RLIMIT_DATA, RLIMIT_RSS };
    size_t most = SIZE_MAX;
    unsigned long long bytes;
    for (size_t i = 0; i < LK_COUNT(groups); i++)
        if (read_number(groups[i], "", &bytes)) most = least(most, bytes);
    for (size_t i = 0; i < LK_COUNT(resources); i++) {
        struct rlimit own;
        if (getrlimit((__rlimit_resource_t)resources[i], &own) == 0 && own.rlim_cur != RLIM_INFINITY) most = least(most, own.rlim_cur);
    }
    return most;
}

size_t lk_memory_available(void) {
    size_t most = limit(), used = lk_memory_anonymous();
    unsigned long long kilobytes;
    if (most != SIZE_MAX) most = most > used ? most - used : 0;
    return read_number("/proc/meminfo", "MemAvailable: ", &kilobytes) ? least(most, 1024 * kilobytes) : most;
}
