/* run.c: runs a command and tells what it used.
 *
 *   bench_run REPORT COMMAND [ARGUMENT ...]
 *
 * REPORT gets a line of JSON: wall_s, cpu_s, peak_kb, code. Why a program for this: a process
 * begins with the peak of whoever started it, and a script's interpreter is larger than what it
 * measures. This one is small. Ends with the command's exit code, or 128 and its signal. */
#include "list.h"

#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static double seconds(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

int main(int count, char **arguments)
{
    if (count < 3) {
        fprintf(stderr, "usage: bench_run REPORT COMMAND [ARGUMENT ...]\n");
        return 2;
    }
    double began = list_now();
    pid_t pid = fork();
    if (pid == 0) {
        execvp(arguments[2], arguments + 2);
        perror(arguments[2]);
        _exit(127);
    }
    int status = 0;
    struct rusage usage;
    if (pid < 0 || wait4(pid, &status, 0, &usage) != pid) {
        perror("bench_run");
        return 126;
    }
    double wall = list_now() - began;
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    FILE *report = fopen(arguments[1], "w");
    if (!report ||
        fprintf(report, "{\"wall_s\":%.6f,\"cpu_s\":%.6f,\"peak_kb\":%ld,\"code\":%d}\n", wall,
                seconds(usage.ru_utime) + seconds(usage.ru_stime), usage.ru_maxrss, code) < 0 ||
        fclose(report) != 0) {
        perror(arguments[1]);
        return 126;
    }
    return code;
}
