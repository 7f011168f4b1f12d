/** Sources whose pictures are records: reading all of them. */
#ifndef LIKENESS_FUZZ_ARRAYS_H
#define LIKENESS_FUZZ_ARRAYS_H

/** Open the source at `path` and read every picture. */
void fuzz_source(const char *source, const char *path);

#endif
