/** The manual page. Private to the program. */
#ifndef LIKENESS_CLI_MAN_H
#define LIKENESS_CLI_MAN_H

#include <likeness/text.h>

/** Append the page likeness(1), in roff. */
void lk_man_page(lk_text *out);

#endif
