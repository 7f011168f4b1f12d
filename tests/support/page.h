/** For tests of pages of HTML, without a browser. */
#ifndef LIKENESS_TEST_PAGE_H
#define LIKENESS_TEST_PAGE_H

#include "support.h"

/** Fails the test unless every element that is opened is closed in order, every attribute has its
 * quotes, no markup is where text should be, and ids are there once. It knows what our pages use,
 * not all of HTML. */
void assert_well_formed(const char *page);
/** Fails the test unless the page forbids everything in its policy but its own style and script,
 * whose hashes are computed again, and pictures in data: URLs; and unless it names no other URL. */
void assert_closed(const char *page);

#endif
