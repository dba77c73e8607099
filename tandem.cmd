@echo off
rem Runs Tandem's command line; builds it first if there is no build. After a change of a source, delete the folder
rem cli\target: it is then built anew. JAVA_HOME chooses the Java, TANDEM_JAVA_OPTS adds options to it; TANDEM_CLASSPATH
rem adds jars with recipes, layers or backends of one's own, separated by ';'.
rem Without delayed expansion, names with '!' stay as they are.
setlocal EnableExtensions DisableDelayedExpansion

set "home=%~dp0."
set "java=java.exe"
if defined JAVA_HOME set "java=%JAVA_HOME%\bin\java.exe"
set "major="
for /f "tokens=3" %%V in ('^""%java%" -version 2^>^&1 ^| findstr /c:" version "^"') do (
  for /f "delims=.-" %%M in ("%%~V") do set "major=%%M"
)
if not defined major (
  >&2 echo tandem: no Java found, got no "%java%", expected a JDK 17 or newer. Install one or set JAVA_HOME.
  exit /b 1
)
if %major% LSS 17 (
  >&2 echo tandem: Java is too old, got version %major%, expected 17 or newer. Set JAVA_HOME to another.
  exit /b 1
)

if not exist "%home%\cli\target\lib\tandem-spi-*.jar" (
  >&2 echo Building Tandem; this usually takes a minute, and longer when Maven has to fetch its libraries.
  pushd "%home%"
  call mvn -q -B -Plauncher -Dmaven.test.skip=true -pl cli -am package 1>&2
  popd
)
if not exist "%home%\cli\target\lib\tandem-spi-*.jar" (
  >&2 echo tandem: the build failed; see the errors above.
  exit /b 1
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

set "class_path=%home%\cli\target\tandem-cli.jar;%home%\cli\target\lib\*"
if defined TANDEM_CLASSPATH set "class_path=%class_path%;%TANDEM_CLASSPATH%"
"%java%" %options% %TANDEM_JAVA_OPTS% "-Dtandem.home=%home%" -Dorg.bytedeco.javacpp.logger=slf4j -cp "%class_path%" dev.tandem.cli.TandemCommand %*
exit /b %ERRORLEVEL%
