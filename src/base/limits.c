/* How much memory and how many processors the system, the control groups and the ulimits leave to
   this process. */
#include "base/limits.h"
#include "base/file.h"

#include <likeness/memory.h>
#include <likeness/text.h>

#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

typedef unsigned long long bytes_t;

/* The number after `label` on the first line of a file that begins with it; false if there is
   none. */
static bool read_number(const char *path, const char *label, bytes_t *value) {
    char line[256], format[64];
    bool found = false;
    FILE *file = fopen(path, "r");
    lk_format(format, sizeof format, "%s%%llu", label);
    while (file && !found && fgets(line, sizeof line, file))
        found = sscanf(line, format, value) == 1;
    if (file) fclose(file);
    return found;
}

static size_t least(size_t a, bytes_t b) {
    return b < a ? (size_t)b : a;
}

static bytes_t less(bytes_t a, bytes_t b) {
    return a > b ? a - b : 0;
}

/* ---- control groups, version 2 and 1: a group is a folder ---- */

static bool read_in(const char *group, const char *file, const char *label, bytes_t *value) {
    char path[2 * LK_PATH_MAX];
    lk_format(path, sizeof path, "%s/%s", group, file);
    return read_number(path, label, value);
}

/* How much a group leaves; SIZE_MAX if it sets no limit. */
typedef size_t left_by_group(const char *group);

/* `cache` is the label in memory.stat of memory that the system takes back when it runs short. */
static size_t memory_left(const char *group, const char *limit_file, const char *usage_file,
                          const char *cache) {
    bytes_t limit, usage = 0, lent = 0;
    if (!read_in(group, limit_file, "", &limit)) return SIZE_MAX;
    read_in(group, usage_file, "", &usage);
    read_in(group, "memory.stat", cache, &lent);
    return least(SIZE_MAX, less(limit, less(usage, lent)));
}

static size_t memory_2(const char *group) {
    return memory_left(group, "memory.max", "memory.current", "inactive_file ");
}

static size_t memory_1(const char *group) {
    return memory_left(group, "memory.limit_in_bytes", "memory.usage_in_bytes",
                       "total_inactive_file ");
}

/* A quota of processor time in each period is a number of processors, rounded up. */
static size_t processors(bytes_t quota, bytes_t period) {
    return period ? least(SIZE_MAX, quota / period + (quota % period != 0)) : SIZE_MAX;
}

static size_t processors_2(const char *group) {
    bytes_t quota, period; /* "max 100000" where there is no limit */
    bool limited =
        read_in(group, "cpu.max", "", &quota) && read_in(group, "cpu.max", "%*u ", &period);
    return limited ? processors(quota, period) : SIZE_MAX;
}

static size_t processors_1(const char *group) {
    bytes_t quota, period; /* -1, read as the largest number, where there is no limit */
    bool limited = read_in(group, "cpu.cfs_quota_us", "", &quota) &&
                   read_in(group, "cpu.cfs_period_us", "", &period);
    return limited ? processors(quota, period) : SIZE_MAX;
}

/* "cpu,cpuacct" names "cpu"; version 2 names none. */
static bool is_named(const char *controller, const char *list) {
    size_t n = strlen(controller);
    for (const char *at = list;; at++) {
        size_t length = strcspn(at, ",");
        if (length == n && memcmp(at, controller, n) == 0) return true;
        at += length;
        if (!*at) return false;
    }
}

/* The path of our group below the root, from a line like "4:cpu,cpuacct:/path"; "" is the root. */
static void find_group(const char *controller, char *path, size_t n_bytes) {
    char line[LK_PATH_MAX];
    FILE *file = fopen("/proc/self/cgroup", "r");
    *path = 0;
    while (file && !*path && fgets(line, sizeof line, file)) {
        char *list = strchr(line, ':'), *end = list ? strchr(list + 1, ':') : NULL;
        if (!end) continue;
        *end = 0;
        if (is_named(controller, list + 1))
            lk_format(path, n_bytes, "%.*s", (int)strcspn(end + 1, "\n"), end + 1);
    }
    if (file) fclose(file);
}

/* The least that our group and the groups around it leave. In a container ours may be the root. */
static size_t left_by_groups(const char *root, const char *controller, left_by_group *left) {
    char path[LK_PATH_MAX], group[2 * LK_PATH_MAX];
    size_t most = left(root);
    for (find_group(controller, path, sizeof path); *path; *strrchr(path, '/') = 0) {
        if (path[0] != '/' || !lk_format(group, sizeof group, "%s%s", root, path)) break;
        most = least(most, left(group));
    }
    return most;
}

/* ---- all limits ---- */

/* Linux does not enforce RLIMIT_RSS (ulimit -m); we respect it. */
static size_t left_by_ulimit(void) {
    static const int resources[] = { RLIMIT_AS, RLIMIT_DATA, RLIMIT_RSS };
    size_t most = SIZE_MAX;
    for (size_t i = 0; i < LK_COUNT(resources); i++) {
        struct rlimit own;
        if (getrlimit((__rlimit_resource_t)resources[i], &own) == 0 &&
            own.rlim_cur != RLIM_INFINITY)
            most = least(most, less(own.rlim_cur, lk_memory_anonymous()));
    }
    return most;
}

size_t lk_memory_available(void) {
    size_t most = least(left_by_ulimit(), left_by_groups("/sys/fs/cgroup", "", memory_2));
    most = least(most, left_by_groups("/sys/fs/cgroup/memory", "memory", memory_1));
    bytes_t kilobytes, swap = 0;
    if (!read_number("/proc/meminfo", "MemAvailable: ", &kilobytes)) return most;
    read_number("/proc/meminfo", "SwapFree: ", &swap);
    return least(most, 1024 * (kilobytes + swap));
}

int lk_processors_available(void) {
    cpu_set_t set;
    int n = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set)
                                                        : (int)sysconf(_SC_NPROCESSORS_ONLN);
    size_t most = least((size_t)n, left_by_groups("/sys/fs/cgroup", "", processors_2));
    most = least(most, left_by_groups("/sys/fs/cgroup/cpu", "cpu", processors_1));
    return most > 1 ? (int)most : 1;
}
