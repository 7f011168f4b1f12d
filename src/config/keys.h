/** The keys of a config as a list. */
#ifndef LIKENESS_CONFIG_KEYS_H
#define LIKENESS_CONFIG_KEYS_H

/** Gets the path of a key, "train.flip", and the words that its value may be, "true|false"; "": it
 * is no word. */
typedef void lk_config_key_visit(void *self, const char *path, const char *words);
/** Visit every key that --set changes, those of all types too, in the order of help config. */
void lk_config_each_key(lk_config_key_visit *visit, void *self);

#endif
