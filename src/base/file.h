/** Files and folders: read whole, mapped, and written whole or not at all. */
#ifndef LIKENESS_BASE_FILE_H
#define LIKENESS_BASE_FILE_H

#include <likeness/status.h>

#include <dirent.h>

#define LK_PATH_MAX 4096

/** The whole file, a 0 byte after its end. Errors: LK_READ, LK_FORMAT (more than max_bytes),
 * LK_MEMORY. The caller frees with lk_free. */
lk_status lk_file_read(const char *path, size_t max_bytes, char **data, size_t *n_bytes,
                       lk_error *err);
/** Whether the name stands for something that can be read only once: "-" is standard input, others
 * may be pipes or devices. */
bool lk_file_is_stream(const char *path);
/** lk_file_read of a file, or of a stream until it ends. */
lk_status lk_file_read_input(const char *path, size_t max_bytes, char **data, size_t *n_bytes,
                             lk_error *err);
/** Whether a regular file is there, or the system cannot tell (EIO, EACCES, ELOOP): opening it then
 * gives the reason. */
bool lk_file_may_exist(const char *path);
bool lk_folder_exists(const char *path);
/** The next name in an open folder; NULL at its end, errno then 0, or where it cannot be read
 * any further. */
const char *lk_folder_next(DIR *folder);
/** mkdir -p. Errors: LK_WRITE. */
lk_status lk_folder_create(const char *path, lk_error *err);

/** A file mapped read-only. Errors of opening: LK_READ, LK_MEMORY. */
typedef struct lk_map {
    const uint8_t *data;
    size_t n_bytes;
} lk_map;
lk_status lk_map_open(const char *path, lk_map *map, lk_error *err);
void lk_map_close(lk_map *map);

/**
 * A file that appears whole or not at all: written as .NAME.tmp.PID next to its target, fsynced,
 * renamed, and the folder fsynced. The old file stays as it was until then. Leftovers of killed
 * processes of this machine are removed.
 * errors  LK_WRITE with path and reason; after any error call lk_file_discard. If only the folder's
 *         fsync failed, the new file is in place
 */
typedef struct lk_file {
    int fd;
    /* set it after lk_file_create: the new name of the old file, in the same folder, once the new
       one is complete; between the two renames only this name exists. NULL: the old file goes */
    const char *old_name;
    char path[LK_PATH_MAX], temporary[LK_PATH_MAX];
} lk_file;
lk_status lk_file_create(const char *path, lk_file *file, lk_error *err);
lk_status lk_file_append(lk_file *file, const void *data, size_t n_bytes, lk_error *err);
/** Overwrite bytes already written, as a header whose numbers are known at the end. */
lk_status lk_file_patch(lk_file *file, size_t offset, const void *data, size_t n_bytes,
                        lk_error *err);
lk_status lk_file_commit(lk_file *file, lk_error *err);
/** Remove the temporary; allowed after commit, where it does nothing. */
void lk_file_discard(lk_file *file);
/**
 * A file without a name, in the folder of `path` where there is room for the file itself: its bytes
 * are gone when it is closed (lk_file_discard), even if the process is killed. It can be appended
 * to and read back, not committed. Errors: LK_WRITE.
 */
lk_status lk_file_create_unnamed(const char *path, lk_file *file, lk_error *err);
/** n_bytes from `offset` on of an unnamed file. Errors: LK_READ. */
lk_status lk_file_read_back(const lk_file *file, size_t offset, void *data, size_t n_bytes,
                            lk_error *err);
/** A new file that grows in its place, as a log does: lk_file_append adds to it, lk_file_close and
 * lk_file_discard leave it there. Errors: LK_WRITE, also if the name is taken. */
lk_status lk_file_create_growing(const char *path, lk_file *file, lk_error *err);
/** Close such a file. Errors: LK_WRITE: earlier bytes did not reach their place. */
lk_status lk_file_close(lk_file *file, lk_error *err);
/** create + append + commit. */
lk_status lk_file_write(const char *path, const void *data, size_t n_bytes, lk_error *err);

/**
 * For many files in one folder, whose names match a pattern (as by fnmatch): first lk_folder_sweep,
 * which reads the folder and removes what killed processes left of such files; then
 * lk_file_write_swept for each, which is lk_file_write without reading the folder again.
 */
lk_status lk_folder_sweep(const char *path, const char *pattern, lk_error *err);
lk_status lk_file_write_swept(const char *path, const void *data, size_t n_bytes, lk_error *err);

#endif
