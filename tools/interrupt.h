/* tools/interrupt.h -- Ctrl-C and kill as a flag that loops look at
 *
 * The first SIGINT or SIGTERM sets the flag: a command then stops at the next
 * convenient place, keeps what is finished and ends with
 * PINNA_EXIT_INTERRUPTED. The second one ends the process at once. */
#ifndef PINNA_TOOLS_INTERRUPT_H
#define PINNA_TOOLS_INTERRUPT_H

#include <stdbool.h>

void pinna_interrupt_catch(void);

/* Any thread. */
bool pinna_interrupted(void);

#endif
