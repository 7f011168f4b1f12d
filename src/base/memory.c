/* All heap memory: blocks, arenas, and large page-backed blocks. */
#include <likeness/memory.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { ALIGNMENT = 64, CHUNK_BYTES = 64 * 1024 };

static size_t round_up(size_t n, size_t unit) {
    return n > SIZE_MAX - unit ? SIZE_MAX : (n + unit - 1) / unit * unit;
}

size_t lk_size_mul(size_t n, size_t size) {
    return size && n > SIZE_MAX / size ? SIZE_MAX : n * size;
}

void *lk_alloc(size_t n_bytes) {
    size_t rounded = round_up(n_bytes ? n_bytes : 1, ALIGNMENT);
    if (rounded > PTRDIFF_MAX) return NULL;
    void *block = aligned_alloc(ALIGNMENT, rounded);
    if (block) memset(block, 0, rounded);
    return block;
}

void *lk_realloc(void *block, size_t old_bytes, size_t n_bytes) {
    void *grown = lk_alloc(n_bytes);
    if (!grown) return NULL;
    if (block) memcpy(grown, block, old_bytes < n_bytes ? old_bytes : n_bytes);
    lk_free(block);
    return grown;
}

void lk_free(void *block) {
    free(block);
}

struct lk_arena_chunk {
    struct lk_arena_chunk *next;
    size_t used, n_bytes;
};

void lk_arena_init(lk_arena *arena) {
    arena->chunks = NULL;
}

void *lk_arena_alloc(lk_arena *arena, size_t n_bytes) {
    const size_t head = round_up(sizeof(struct lk_arena_chunk), ALIGNMENT);
    size_t need = round_up(n_bytes ? n_bytes : 1, ALIGNMENT);
    if (need > PTRDIFF_MAX) return NULL;
    struct lk_arena_chunk *chunk = arena->chunks;
    if (!chunk || chunk->n_bytes - chunk->used < need) {
        size_t bytes = need > CHUNK_BYTES ? need : (size_t)CHUNK_BYTES;
        chunk = lk_alloc(head + bytes);
        if (!chunk) return NULL;
        *chunk = (struct lk_arena_chunk){ .next = arena->chunks, .n_bytes = bytes };
        arena->chunks = chunk;
    }
    void *result = (char *)chunk + head + chunk->used;
    chunk->used += need;
    return result;
}

char *lk_arena_text(lk_arena *arena, const char *text) {
    size_t n = strlen(text) + 1;
    char *copy = lk_arena_alloc(arena, n);
    if (copy) memcpy(copy, text, n);
    return copy;
}

void lk_arena_deinit(lk_arena *arena) {
    while (arena->chunks) {
        struct lk_arena_chunk *next = arena->chunks->next;
        lk_free(arena->chunks);
        arena->chunks = next;
    }
}

void *lk_pages_alloc(size_t n_bytes) {
    void *block = mmap(NULL, n_bytes ? n_bytes : 1, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (block == MAP_FAILED) return NULL;
#ifdef MADV_HUGEPAGE
    /* a hint: refusal costs only speed */
    if (n_bytes >= (size_t)4 << 20) madvise(block, n_bytes, MADV_HUGEPAGE);
#endif
    return block;
}

void lk_pages_free(void *block, size_t n_bytes) {
    if (block) munmap(block, n_bytes ? n_bytes : 1);
}

/* A line of /proc/self/status in bytes, such as "RssAnon:"; 0: there is none. */
static size_t status_line(const char *name) {
    FILE *status = fopen("/proc/self/status", "r");
    if (!status) return 0;
    char line[256];
    size_t kilobytes = 0, n = strlen(name);
    while (fgets(line, sizeof line, status))
        if (strncmp(line, name, n) == 0 && sscanf(line + n, "%zu", &kilobytes) == 1) break;
    fclose(status);
    return kilobytes * 1024;
}

size_t lk_memory_anonymous(void) {
    return status_line("RssAnon:");
}

/* getrusage would count what the process was before exec. */
size_t lk_memory_peak(void) {
    return status_line("VmHWM:");
}
