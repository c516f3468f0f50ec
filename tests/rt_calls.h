/* tests/rt_calls.h -- counts what a real-time thread must not do
 *
 * A test program that is linked with this (and exports its symbols) takes the
 * place of the C library for the plugins it loads, as a preloaded library
 * would. Allocations are counted by tests/support.h. */
#ifndef PINNA_TESTS_RT_CALLS_H
#define PINNA_TESTS_RT_CALLS_H

#include <stdbool.h>
#include <stddef.h>

/* Calls of locks, waits, threads, files, memory maps and the clock's sleep
 * since the last reset, by anything in this process; *last is the name of the
 * latest. */
void rt_calls_reset(void);
size_t rt_calls_count(const char **last);

/* Run work(context) in a child process that dies at its first system call.
 * Tells whether it lived; *possible is false where the system does not let us
 * try. */
bool rt_calls_none_of_the_system(void (*work)(void *), void *context,
                                 bool *possible);

#endif
