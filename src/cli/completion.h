/** Completion in shells. Private to the program. */
#ifndef LIKENESS_CLI_COMPLETION_H
#define LIKENESS_CLI_COMPLETION_H

#include <likeness/text.h>

/** Append the completion script of bash, or zsh: commands, flags and what may follow them, keys of
 * a config and their words, lists and topics of help. */
void lk_completion_bash(lk_text *out);
void lk_completion_zsh(lk_text *out);

#endif
