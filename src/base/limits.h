/** How much memory and how many processors this process may use. */
#ifndef LIKENESS_BASE_LIMITS_H
#define LIKENESS_BASE_LIMITS_H

#include <likeness/base.h>

/** Bytes that this process may still take: the least of what the system, its control groups and its
 * ulimits leave; SIZE_MAX if unknown. */
size_t lk_memory_available(void);
/** Processors that this process may use, at least 1: those it may run on, and no more than the
 * processor time of its control groups, rounded up. */
int lk_processors_available(void);

#endif
