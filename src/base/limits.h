/** How much memory and how many processors this process may use. */
#ifndef LIKENESS_BASE_LIMITS_H
#define LIKENESS_BASE_LIMITS_H

#include <likeness/base.h>

/** Bytes this process may still take: the least of what the system has available, its control group
 * and its ulimits leave; SIZE_MAX where unknown. */
size_t lk_memory_available(void);
/** Processors this process may use, at least 1: those it may run on, and no more than its control
 * group gives it the time of, rounded up. */
int lk_processors_available(void);

#endif
