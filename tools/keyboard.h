/* tools/keyboard.h -- single keys of a terminal on standard input, as they are
 * pressed */
#ifndef PINNA_TOOLS_KEYBOARD_H
#define PINNA_TOOLS_KEYBOARD_H

#include <stdbool.h>

/* Is there a terminal? Then it neither waits for lines nor shows what is typed
 * until end(). Ctrl-C and Ctrl-Z stay what they are. */
bool pinna_keyboard_begin(void);
void pinna_keyboard_end(void);

/* The next key, or 0: does not wait. */
char pinna_keyboard_key(void);

#endif
