/* What fuzz targets share: files in memory, allocations of exact size, one context. */
#include "fuzz.h"
#include "base/file.h"
#include "tensor/kernels.h"

#include <likeness/text.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#else
#define VALGRIND_MAKE_MEM_UNDEFINED(at, n) ((void)(at), (void)(n))
#endif

/* ---- files in memory: the linker's --wrap puts these in the library's place (CMakeLists.txt)
   ---- */

enum { FILES_MAX = 8 };

static struct file {
    char path[LK_PATH_MAX];
    const void *data;
    size_t n_bytes;
} files[FILES_MAX];

lk_status __real_lk_file_read(const char *path, size_t max_bytes, char **data, size_t *n_bytes,
                              lk_error *err);
lk_status __wrap_lk_file_read(const char *path, size_t max_bytes, char **data, size_t *n_bytes,
                              lk_error *err);
lk_status __wrap_lk_map_open(const char *path, lk_map *map, lk_error *err);
void __wrap_lk_map_close(lk_map *map);
bool __real_lk_file_may_exist(const char *path);
bool __wrap_lk_file_may_exist(const char *path);
lk_status __wrap_lk_file_write(const char *path, const void *data, size_t n_bytes, lk_error *err);
void *__wrap_lk_alloc(size_t n_bytes);
void *__wrap_lk_realloc(void *block, size_t old_bytes, size_t n_bytes);

static const struct file *find(const char *path) {
    for (int i = 0; i < FILES_MAX; i++)
        if (files[i].path[0] && strcmp(files[i].path, path) == 0) return &files[i];
    return NULL;
}

void fuzz_file(const char *path, const void *data, size_t n_bytes) {
    struct file *file = NULL;
    for (int i = 0; i < FILES_MAX && !file; i++)
        if (!files[i].path[0] || strcmp(files[i].path, path) == 0) file = &files[i];
    fuzz_check(file != NULL, "too many files");
    lk_format(file->path, sizeof file->path, "%s", path);
    file->data = data;
    file->n_bytes = n_bytes;
}

static void *copy_of(const void *data, size_t n_bytes, size_t more) {
    char *copy = malloc(n_bytes + more ? n_bytes + more : 1);
    fuzz_check(copy != NULL, "no memory");
    if (n_bytes) memcpy(copy, data, n_bytes);
    if (more) copy[n_bytes] = 0;
    return copy;
}

lk_status __wrap_lk_file_read(const char *path, size_t max_bytes, char **data, size_t *n_bytes,
                              lk_error *err) {
    const struct file *file = find(path);
    if (!file) return __real_lk_file_read(path, max_bytes, data, n_bytes, err);
    *data = copy_of(file->data, file->n_bytes, 1);
    *n_bytes = file->n_bytes;
    return LK_OK;
}

lk_status __wrap_lk_map_open(const char *path, lk_map *map, lk_error *err) {
    const struct file *file = find(path);
    if (!file) return lk_fail(err, LK_READ, "%s: cannot open: %s", path, strerror(ENOENT));
    *map = (lk_map){ file->n_bytes ? copy_of(file->data, file->n_bytes, 0) : NULL, file->n_bytes };
    return LK_OK;
}

void __wrap_lk_map_close(lk_map *map) {
    free((void *)(uintptr_t)map->data);
    *map = (lk_map){ 0 };
}

bool __wrap_lk_file_may_exist(const char *path) {
    return find(path) || __real_lk_file_may_exist(path);
}

/* Nothing that is written is looked at. */
lk_status __wrap_lk_file_write(const char *path, const void *data, size_t n_bytes, lk_error *err) {
    (void)path, (void)err;
    fuzz_touch(data, n_bytes);
    return LK_OK;
}

/* ---- memory: exact sizes, and no more than any valid input needs ---- */

enum { ALLOCATION_MAX = 512 << 20 };

static void *block_of(size_t n_bytes) {
    void *block = NULL;
    bool fits = n_bytes <= ALLOCATION_MAX;
    return fits && posix_memalign(&block, 64, n_bytes ? n_bytes : 1) == 0 ? block : NULL;
}

void *__wrap_lk_alloc(size_t n_bytes) {
    void *block = block_of(n_bytes);
    return block ? memset(block, 0, n_bytes) : NULL;
}

/* New bytes are never 0, nor twice the same: who shows them is seen. */
void *__wrap_lk_realloc(void *block, size_t old_bytes, size_t n_bytes) {
    static unsigned char dirt;
    char *grown = block_of(n_bytes);
    if (!grown) return NULL;
    dirt = (unsigned char)(dirt % 255 + 1);
    memset(grown, dirt, n_bytes);
    VALGRIND_MAKE_MEM_UNDEFINED(grown, n_bytes);
    if (block) memcpy(grown, block, old_bytes < n_bytes ? old_bytes : n_bytes);
    free(block);
    return grown;
}

/* ---- inputs of several texts ---- */

fuzz_parts fuzz_split(const uint8_t *data, size_t n_bytes) {
    fuzz_parts parts = { .memory = copy_of(data, n_bytes, 1) };
    char *at = parts.memory, *end = at + n_bytes;
    for (; parts.n < FUZZ_PARTS_MAX && at <= end; at += strlen(at) + 1) parts.text[parts.n++] = at;
    for (size_t i = parts.n; i < FUZZ_PARTS_MAX; i++) parts.text[i] = end;
    return parts;
}

void fuzz_parts_free(fuzz_parts *parts) {
    free(parts->memory);
    *parts = (fuzz_parts){ 0 };
}

/* ---- judging ---- */

void fuzz_check(bool holds, const char *words) {
    if (holds) return;
    fprintf(stderr, "fuzz: %s\n", words);
    abort();
}

bool fuzz_read(lk_status status, lk_status refusal, const lk_error *err) {
    fuzz_check(status == LK_OK || status == refusal || status == LK_MEMORY, err->text);
    fuzz_check(status == LK_OK || err->text[0], "an error without words");
    return status == LK_OK;
}

void fuzz_touch(const void *data, size_t n_bytes) {
    static volatile unsigned sum;
    const uint8_t *at = data;
    unsigned total = 0;
    for (size_t i = 0; i < n_bytes; i++) total += at[i];
    sum = sum + total;
}

/* ---- what is made once ---- */

static lk_comm comm;
static lk_context context;

static void end_context(void) {
    lk_threads_destroy(context.threads);
}

const lk_context *fuzz_context(void) {
    if (context.threads) return &context;
    lk_error err;
    comm = lk_comm_single();
    context.comm = &comm;
    lk_status status = lk_threads_create(1, &context.threads, &err);
    if (!status) status = lk_kernels_choose(&context.kernels, &err);
    fuzz_check(status == LK_OK, "no context");
    atexit(end_context);
    return &context;
}

static char folder[LK_PATH_MAX];

static void remove_folder(void) {
    char command[LK_PATH_MAX + 16];
    lk_format(command, sizeof command, "rm -rf '%s'", folder);
    if (system(command) != 0) fprintf(stderr, "fuzz: cannot remove %s\n", folder);
}

const char *fuzz_folder(const char *const *names) {
    if (folder[0]) return folder;
    const char *parent = getenv("TMPDIR");
    lk_format(folder, sizeof folder, "%s/likeness-fuzz-XXXXXX", parent ? parent : "/tmp");
    fuzz_check(mkdtemp(folder) != NULL, "no temporary folder");
    atexit(remove_folder);
    for (; *names; names++) {
        char path[2 * LK_PATH_MAX];
        lk_format(path, sizeof path, "%s/%s", folder, *names);
        char *slash = strrchr(path, '/');
        *slash = 0;
        fuzz_check(lk_folder_create(path, NULL) == LK_OK, "no folder");
        *slash = '/';
        FILE *file = fopen(path, "we");
        fuzz_check(file && fclose(file) == 0, "no file");
    }
    return folder;
}
