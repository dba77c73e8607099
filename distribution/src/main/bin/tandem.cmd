@echo off
rem Runs Tandem's command line with the Java beside it. TANDEM_JAVA_OPTS adds options to Java; TANDEM_CLASSPATH adds jars
rem with recipes, layers or backends of one's own, separated by ';'.
rem Without delayed expansion, names with '!' stay as they are.
setlocal EnableExtensions DisableDelayedExpansion

set "home=%~dp0.."
set "java=%home%\runtime\bin\java.exe"
if not exist "%java%" (
  >&2 echo tandem: the Java of the distribution is missing, got no "%java%". Unpack the archive again.
  exit /b 1
)
set "major=0"
for /f "usebackq tokens=1,2 delims==" %%A in ("%home%\runtime\release") do (
  if "%%A"=="JAVA_VERSION" for /f "delims=.-" %%V in ("%%~B") do set "major=%%V"
)

set "options=-Xshare:auto -Xlog:disable -Xlog:all=error,cds*=off:stderr -Djava.awt.headless=true"
rem The collector that starts fastest; the tensors are not on the Java heap.
set "own="
set "collector=-XX:+UseSerialGC"
if defined TANDEM_JAVA_OPTS set "own=%TANDEM_JAVA_OPTS:"=%"
if defined own if not "%own:-XX:+Use=%"=="%own%" set "collector="
set "options=%options% %collector%"
rem Newer Java warns of native libraries, and of the memory access by which the libraries we use are fast.
if %major% GEQ 22 set "options=%options% --enable-native-access=ALL-UNNAMED"
if %major% GEQ 23 set "options=%options% --sun-misc-unsafe-memory-access=allow"
rem OpenCV loads OpenBLAS, which we do not use: threads of its own would take longer to start than OpenCV does.
if not defined OPENBLAS_NUM_THREADS set "OPENBLAS_NUM_THREADS=1"

set "class_path=%home%\lib\*"
if defined TANDEM_CLASSPATH set "class_path=%class_path%;%TANDEM_CLASSPATH%"
"%java%" %options% %TANDEM_JAVA_OPTS% "-Dtandem.home=%home%" -Dorg.bytedeco.javacpp.logger=slf4j -cp "%class_path%" dev.tandem.cli.TandemCommand %*
exit /b %ERRORLEVEL%
