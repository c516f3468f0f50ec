#include "datasets/quiet.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

int pinna_quiet_begin(void)
{
    pthread_mutex_lock(&mutex);
    const int kept = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    if (kept < 0)
        return -1;

    const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (nowhere >= 0) {
        dup2(nowhere, STDERR_FILENO);
        close(nowhere);
    }
    return kept;
}

void pinna_quiet_end(int kept)
{
    if (kept >= 0) {
        dup2(kept, STDERR_FILENO);
        close(kept);
    }
    pthread_mutex_unlock(&mutex);
}

void pinna_loud_begin(void)
{
    pthread_mutex_lock(&mutex);
}

void pinna_loud_end(void)
{
    pthread_mutex_unlock(&mutex);
}
