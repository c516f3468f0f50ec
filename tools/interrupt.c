#include "tools/interrupt.h"

#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>

/* Lock-free, so a handler may set it and threads may read it. */
static atomic_int interrupted;

static void on_signal(int number)
{
    (void)number;
    atomic_store(&interrupted, 1);
}

void pinna_interrupt_catch(void)
{
    struct sigaction action = {.sa_handler = on_signal};

    sigemptyset(&action.sa_mask);
    /* The handler goes after the first signal: a second one kills. Reads and
     * writes under way are resumed. */
    action.sa_flags = (int)SA_RESETHAND | SA_RESTART;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    /* A file that may not grow is an error of write(), which has a line. */
    signal(SIGXFSZ, SIG_IGN);
}

bool pinna_interrupted(void)
{
    return atomic_load(&interrupted) != 0;
}
