/* How much memory this process may still take: what the system has free, what its control groups and its own limits leave. */
#include <likeness/base.h>

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

typedef unsigned long long bytes_t;

/* The first number of a file, after `label` on the line that begins with it; false where there is none. */
static bool read_number(const char *path, const char *label, bytes_t *value) {
    char line[256], format[64];
    bool found = false;
    FILE *file = fopen(path, "r");
    lk_format(format, sizeof format, "%s%%llu", label);
    while (file && !found && fgets(line, sizeof line, file)) found = sscanf(line, format, value) == 1;
    if (file) fclose(file);
    return found;
}

static size_t least(size_t a, bytes_t b) {
    return b < a ? (size_t)b : a;
}

static bytes_t less(bytes_t a, bytes_t b) {
    return a > b ? a - b : 0;
}

/* Both versions of control groups: where they are, how /proc/self/cgroup names ours, and their files. */
static const struct hierarchy {
    const char *root, *entry, *limit, *usage, *cache; /* cache: what is given back when memory is short, in memory.stat */
} hierarchies[] = {
    { "/sys/fs/cgroup", "0::", "memory.max", "memory.current", "inactive_file " },
    { "/sys/fs/cgroup/memory", ":memory:", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file " },
};

/* Our group's path below the root; "" is the root itself. */
static void find_group(const struct hierarchy *h, char *path, size_t n_bytes) {
    char line[LK_PATH_MAX];
    FILE *file = fopen("/proc/self/cgroup", "r");
    *path = 0;
    while (file && !*path && fgets(line, sizeof line, file)) {
        const char *at = strstr(line, h->entry);
        line[strcspn(line, "\n")] = 0;
        if (at && (h->entry[0] == ':' || at == line)) lk_format(path, n_bytes, "%s", at + strlen(h->entry));
    }
    if (file) fclose(file);
}

/* What one group leaves; SIZE_MAX where it sets no limit. */
static size_t left_by_group(const struct hierarchy *h, const char *path) {
    char name[2 * LK_PATH_MAX];
    bytes_t limit, usage = 0, cache = 0;
    lk_format(name, sizeof name, "%s%s/%s", h->root, path, h->limit);
    if (!read_number(name, "", &limit)) return SIZE_MAX;
    lk_format(name, sizeof name, "%s%s/%s", h->root, path, h->usage);
    read_number(name, "", &usage);
    lk_format(name, sizeof name, "%s%s/memory.stat", h->root, path);
    read_number(name, h->cache, &cache);
    return least(SIZE_MAX, less(limit, less(usage, cache)));
}

/* Our group and those that hold it; in a container its own may be the root. */
static size_t left_by_groups(void) {
    size_t most = SIZE_MAX;
    for (size_t i = 0; i < LK_COUNT(hierarchies); i++) {
        char path[LK_PATH_MAX];
        for (find_group(&hierarchies[i], path, sizeof path); *path; *strrchr(path, '/') = 0) {
            most = least(most, left_by_group(&hierarchies[i], path));
            if (!strrchr(path, '/')) break;
        }
        most = least(most, left_by_group(&hierarchies[i], ""));
    }
    return most;
}

/* The kernel does not enforce RLIMIT_RSS (ulimit -m): here it is a wish to keep. */
static size_t left_by_ulimit(void) {
    static const int resources[] = { RLIMIT_AS, RLIMIT_DATA, RLIMIT_RSS };
    size_t most = SIZE_MAX;
    for (size_t i = 0; i < LK_COUNT(resources); i++) {
        struct rlimit own;
        if (getrlimit((__rlimit_resource_t)resources[i], &own) == 0 && own.rlim_cur != RLIM_INFINITY)
            most = least(most, less(own.rlim_cur, lk_memory_anonymous()));
    }
    return most;
}

size_t lk_memory_available(void) {
    size_t most = least(left_by_groups(), left_by_ulimit());
    bytes_t kilobytes, swap = 0;
    if (!read_number("/proc/meminfo", "MemAvailable: ", &kilobytes)) return most;
    read_number("/proc/meminfo", "SwapFree: ", &swap);
    return least(most, 1024 * (kilobytes + swap));
}
