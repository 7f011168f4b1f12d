/* Faults. Forked children share the memory with the state. */
#include "faults.h"
#include "base/file.h"

#include <likeness/graph.h>

#include <cjson/cJSON.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include <zip.h>
#include <zlib.h>

#include <jerror.h> /* these two need stdio.h before them */
#include <jpeglib.h>

struct state {
    atomic_long n_calls, n_names;
    atomic_int harassed;
    long fails;
    bool armed, onwards, harass;
    char call[32];
    int reason;
};

static struct state *shared;
static long n_injected, n_survived;

/* ---- which call fails ---- */

/* Whether this call fails; then errno is `reason`. */
static bool fails(const char *call, int reason) {
    if (!shared || !shared->armed) return false;
    long n = atomic_fetch_add(&shared->n_calls, 1) + 1;
    if (!shared->fails || n < shared->fails || (n > shared->fails && !shared->onwards))
        return false;
    if (n == shared->fails) {
        snprintf(shared->call, sizeof shared->call, "%s", call);
        shared->reason = reason;
    }
    errno = reason;
    return true;
}

/* Interrupts every second read or write, and cuts the others short. */
static bool harasses(size_t *n_bytes) {
    if (!shared || !shared->harass) return false;
    if (*n_bytes > 1000) *n_bytes = 1000;
    errno = EINTR;
    return atomic_fetch_xor(&shared->harassed, 1) == 0;
}

/* ---- the wrapped calls ---- */

#define WRAP(result, name, parameters)                                                             \
    result __real_##name parameters;                                                               \
    result __wrap_##name parameters;                                                               \
    result __wrap_##name parameters

/* A call that returns its value of failure, or is passed on. */
#define FAIL_AS(result, name, parameters, arguments, reason, value)                                \
    WRAP(result, name, parameters) {                                                               \
        if (fails(#name, reason)) return value;                                                    \
        return __real_##name arguments;                                                            \
    }

FAIL_AS(void *, aligned_alloc, (size_t alignment, size_t n), (alignment, n), ENOMEM, NULL)
FAIL_AS(int, rename, (const char *from, const char *to), (from, to), ENOSPC, -1)
FAIL_AS(int, mkdir, (const char *path, mode_t mode), (path, mode), ENOSPC, -1)
FAIL_AS(int, access, (const char *path, int mode), (path, mode), EACCES, -1)
FAIL_AS(int, fflush, (FILE * file), (file), ENOSPC, EOF)
FAIL_AS(size_t, fwrite, (const void *data, size_t size, size_t n, FILE *file),
        (data, size, n, file), ENOSPC, 0)
FAIL_AS(DIR *, opendir, (const char *path), (path), EMFILE, NULL)
FAIL_AS(int, pthread_create,
        (pthread_t * thread, const pthread_attr_t *attributes, void *(*start)(void *),
         void *argument),
        (thread, attributes, start, argument), EAGAIN, EAGAIN)

/* Not counted: files of the kernel about itself. They may be missing, and nothing fails then. */
FILE *__real_fopen(const char *path, const char *mode);
FILE *__wrap_fopen(const char *path, const char *mode);
FILE *__wrap_fopen(const char *path, const char *mode) {
    const bool counts = strncmp(path, "/proc/", 6) != 0 && strncmp(path, "/sys/", 5) != 0;
    return counts && fails("fopen", ENOSPC) ? NULL : __real_fopen(path, mode);
}

/* Only a file that is open for reading and writing counts. Other locks tell whether a writer still
   lives, and nothing fails without them. */
WRAP(int, flock, (int fd, int what)) {
    if ((fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDWR && fails("flock", EIO)) return -1;
    return __real_flock(fd, what);
}

/* No test here needs real syncing, which would happen ten thousand times. */
int __wrap_fsync(int fd);
int __wrap_fsync(int fd) {
    (void)fd;
    return fails("fsync", EIO) ? -1 : 0;
}

WRAP(int, open, (const char *path, int flags, ...)) {
    va_list args;
    va_start(args, flags);
    mode_t mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
    va_end(args);
    if (fails("open", flags & O_CREAT ? ENOSPC : EIO)) return -1;
    return __real_open(path, flags, mode);
}

WRAP(void *, mmap, (void *address, size_t n, int protection, int flags, int fd, off_t offset)) {
    if (fails(flags & MAP_ANONYMOUS ? "mmap of memory" : "mmap", ENOMEM)) return MAP_FAILED;
    return __real_mmap(address, n, protection, flags, fd, offset);
}

/* Fails at the end of a folder: what was not read must not count as absent. */
WRAP(struct dirent *, readdir, (DIR * folder)) {
    struct dirent *item = __real_readdir(folder);
    if (!item) fails("readdir", EIO);
    if (item && shared && shared->armed) atomic_fetch_add(&shared->n_names, 1);
    return item;
}

WRAP(ssize_t, read, (int fd, void *data, size_t n)) {
    if (harasses(&n) || fails("read", EIO)) return -1;
    return __real_read(fd, data, n);
}

WRAP(ssize_t, write, (int fd, const void *data, size_t n)) {
    if (harasses(&n) || fails("write", ENOSPC)) return -1;
    return __real_write(fd, data, n);
}

WRAP(ssize_t, pwrite, (int fd, const void *data, size_t n, off_t offset)) {
    if (harasses(&n) || fails("pwrite", ENOSPC)) return -1;
    return __real_pwrite(fd, data, n, offset);
}

/* Only a file open for writing fails, and it is closed anyway. */
WRAP(int, close, (int fd)) {
    int flags = fcntl(fd, F_GETFL);
    bool failed = flags >= 0 && (flags & O_ACCMODE) == O_WRONLY && fails("close", EIO);
    int result = __real_close(fd);
    if (failed) errno = EIO;
    return failed ? -1 : result;
}

/* ---- libraries that allocate ---- */

static void *cjson_malloc(size_t n) {
    return fails("malloc of cJSON", ENOMEM) ? NULL : malloc(n);
}

/* The methods of libjpeg's own memory manager, for each thread. */
static _Thread_local struct jpeg_memory_mgr jpeg_memory;

static void jpeg_may_fail(j_common_ptr jpeg) {
    if (fails("malloc of libjpeg", ENOMEM)) ERREXIT1(jpeg, JERR_OUT_OF_MEMORY, 0);
}

static void *jpeg_small(j_common_ptr jpeg, int pool, size_t n) {
    jpeg_may_fail(jpeg);
    return jpeg_memory.alloc_small(jpeg, pool, n);
}

static void *jpeg_large(j_common_ptr jpeg, int pool, size_t n) {
    jpeg_may_fail(jpeg);
    return jpeg_memory.alloc_large(jpeg, pool, n);
}

static JSAMPARRAY jpeg_rows(j_common_ptr jpeg, int pool, JDIMENSION width, JDIMENSION n) {
    jpeg_may_fail(jpeg);
    return jpeg_memory.alloc_sarray(jpeg, pool, width, n);
}

WRAP(void, jpeg_CreateDecompress, (j_decompress_ptr jpeg, int version, size_t n)) {
    jpeg->mem = NULL;
    jpeg_may_fail((j_common_ptr)jpeg);
    __real_jpeg_CreateDecompress(jpeg, version, n);
    jpeg_memory = *jpeg->mem;
    jpeg->mem->alloc_small = jpeg_small;
    jpeg->mem->alloc_large = jpeg_large;
    jpeg->mem->alloc_sarray = jpeg_rows;
}

FAIL_AS(int, inflateInit2_, (z_stream * z, int bits, const char *version, int n_bytes),
        (z, bits, version, n_bytes), ENOMEM, Z_MEM_ERROR)

/* ---- libzip, which reads its file itself ---- */

static bool zip_fails(const char *call, int reason, int code, zip_error_t *error) {
    if (!fails(call, reason)) return false;
    zip_error_set(error, code, reason);
    return true;
}

WRAP(zip_t *, zip_open, (const char *path, int flags, int *code)) {
    if (flags == ZIP_RDONLY && fails("zip_open", EIO)) {
        *code = ZIP_ER_READ;
        return NULL;
    }
    return __real_zip_open(path, flags, code);
}

WRAP(zip_file_t *, zip_fopen_index, (zip_t * zip, zip_uint64_t member, zip_flags_t flags)) {
    if (zip_fails("malloc of libzip", ENOMEM, ZIP_ER_MEMORY, zip_get_error(zip))) return NULL;
    return __real_zip_fopen_index(zip, member, flags);
}

WRAP(zip_int64_t, zip_fread, (zip_file_t * file, void *data, zip_uint64_t n)) {
    if (zip_fails("zip_fread", EIO, ZIP_ER_READ, zip_file_get_error(file))) return -1;
    return __real_zip_fread(file, data, n);
}

/* ---- numbers that are not finite ---- */

static struct {
    const char *node;
    uint32_t step;
    bool backward;
} planted;

static void plant(void *self, const lk_node *node, bool backward, double seconds) {
    (void)self, (void)seconds;
    if (strcmp(node->name, planted.node) != 0 || backward != planted.backward) return;
    lk_real *at = backward ? node->in[0]->grad : node->value;
    if (at) at[0] = LK_R(NAN);
}

WRAP(void, lk_graph_forward, (lk_graph * graph, lk_mode mode, int n_valid, uint32_t step)) {
    bool here = planted.node && mode == LK_TRAIN && step == planted.step;
    lk_graph_time(graph, here ? plant : NULL, NULL);
    __real_lk_graph_forward(graph, mode, n_valid, step);
}

void lk_faults_plant(const char *node, int step, bool backward) {
    planted.node = node;
    planted.step = (uint32_t)(step - 1);
    planted.backward = backward;
}

/* ---- arming ---- */

static void start(void) {
    if (shared) return;
    shared = __real_mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                         -1, 0);
    assert_true(shared != MAP_FAILED);
    cJSON_InitHooks(&(cJSON_Hooks){ cjson_malloc, free });
}

void lk_faults_arm(long n, bool onwards) {
    start();
    atomic_store(&shared->n_calls, 0);
    atomic_store(&shared->n_names, 0);
    shared->fails = n;
    shared->onwards = onwards;
    shared->call[0] = 0;
    shared->armed = true;
}

long lk_faults_disarm(void) {
    shared->armed = shared->harass = false;
    return atomic_load(&shared->n_calls);
}

long lk_faults_names(void) {
    return atomic_load(&shared->n_names);
}

void lk_faults_harass(void) {
    start();
    shared->harass = true;
}

const char *lk_faults_fired(const char **reason) {
    if (!shared->call[0]) return NULL;
    if (reason) *reason = strerror(shared->reason);
    return shared->call;
}

/* ---- trying ---- */

static char left[LK_PATH_MAX];

static int look_for_temporary(const char *path, const struct stat *info, int kind, struct FTW *at) {
    (void)info, (void)kind;
    if (strstr(path + at->base, ".tmp.")) snprintf(left, sizeof left, "%s", path);
    return left[0] != 0;
}

void lk_faults_no_temporaries(const char *folder) {
    left[0] = 0;
    nftw(folder, look_for_temporary, 16, FTW_PHYS);
    if (left[0]) fail_msg("%s: a temporary file is left", left);
}

static bool of_memory(const char *call) {
    return strstr(call, "alloc") || strstr(call, "memory") || strstr(call, "inflateInit");
}

/* Checks that the message after one failed call is useful to a user. */
static void check_words(const lk_fault_case *c, long n, lk_status status, const char *text) {
    const char *reason = "", *call = lk_faults_fired(&reason);
    bool memory = of_memory(call);
    if (memory && (status != LK_MEMORY || !strstr(text, "memory")))
        fail_msg("%s: call %ld (%s) failed: expected out of memory, got %s \"%s\"", c->name, n,
                 call, lk_status_words(status), text);
    if (!memory && !strstr(text, reason))
        fail_msg("%s: call %ld (%s) failed: expected the reason \"%s\", got \"%s\"", c->name, n,
                 call, reason, text);
}

/* Run with the n-th call failing; false if there were fewer calls. */
static bool try_one(const lk_fault_case *c, long n, bool onwards) {
    lk_error err = { "" };
    if (c->begin) c->begin(c->self);
    lk_faults_arm(n, onwards);
    lk_status status = c->run(c->self, &err);
    long n_calls = lk_faults_disarm();
    bool fired = lk_faults_fired(NULL) != NULL;
    n_injected += fired;
    if (fired && !status && (of_memory(lk_faults_fired(NULL)) || !c->may_go_on))
        fail_msg("%s: call %ld (%s) failed, and it went on", c->name, n, lk_faults_fired(NULL));
    if (status && !err.text[0])
        fail_msg("%s: call %ld (%s) failed, and nothing was said", c->name, n,
                 lk_faults_fired(NULL));
    if (status && fired && !onwards) check_words(c, n, status, err.text);
    if (!fired && status) fail_msg("%s: no call failed, but: %s", c->name, err.text);
    if (!fired && n_calls < c->at_least)
        fail_msg("%s: expected at least %ld calls, got %ld", c->name, c->at_least, n_calls);
    if (n == 0) print_message("%s: %ld calls\n", c->name, n_calls);
    if (c->folder) lk_faults_no_temporaries(c->folder);
    if (status && c->failed) c->failed(c->self);
    if (!status && c->done) c->done(c->self);
    n_survived += fired;
    return fired;
}

lk_fault_walk lk_faults_walk(long stride) {
    long share, n_shares;
    if (lk_test_share(&share, &n_shares))
        return (lk_fault_walk){ .first = share, .stride = n_shares };
    return (lk_fault_walk){ .first = 1 + stride / 4, .stride = stride < 1 ? 1 : stride };
}

void lk_faults_try(const lk_fault_case *c) {
    lk_fault_walk walk = lk_faults_walk(c->stride);
    try_one(c, 0, false);
    for (int onwards = 0; onwards < 2; onwards++)
        for (long n = walk.first; try_one(c, n, onwards); n += walk.stride) continue;
}

void lk_faults_count(void) {
    n_injected++;
    n_survived++;
}

int lk_faults_report(int failed) {
    printf("faults: %ld injected, %ld survived\n", n_injected, n_survived);
    return failed;
}
