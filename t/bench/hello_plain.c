/*
 * hello_plain.c: the yardstick. Plain libfcgi as its manual has it: N processes,
 * one connection per request. hello_plain SOCKET N; ends with its process group.
 */
#include <fcgiapp.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

int
main(int argc, char **argv)
{
	int sock, n = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 0;
	FCGX_Request req;

	if (n < 1 || FCGX_Init() != 0 || (sock = FCGX_OpenSocket(argv[1], 1024)) < 0)
		return EXIT_FAILURE;
	chmod(argv[1], 0666);
	while (n > 0 && fork() != 0)
		n--;
	if (n == 0)
		return wait(NULL) < 0;
	FCGX_InitRequest(&req, sock, 0);
	while (FCGX_Accept_r(&req) == 0)
		FCGX_FPrintF(req.out, "Status: 200 OK\r\nContent-Type: text/plain\r\n"
				      "Content-Length: 6\r\n\r\nhello\n");
	return EXIT_SUCCESS;
}
