#include "tools/keyboard.h"

#include <poll.h>
#include <termios.h>
#include <unistd.h>

static struct termios kept;
static bool begun;

bool pinna_keyboard_begin(void)
{
    /* In the background the terminal is another program's. */
    if (tcgetpgrp(STDIN_FILENO) != getpgrp() ||
        tcgetattr(STDIN_FILENO, &kept) != 0)
        return false;
    struct termios keys = kept;
    keys.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    begun = tcsetattr(STDIN_FILENO, TCSANOW, &keys) == 0;
    return begun;
}

void pinna_keyboard_end(void)
{
    if (begun)
        tcsetattr(STDIN_FILENO, TCSANOW, &kept);
    begun = false;
}

char pinna_keyboard_key(void)
{
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    char key;

    if (!begun || poll(&input, 1, 0) != 1 || read(STDIN_FILENO, &key, 1) != 1)
        return 0;
    return key;
}
