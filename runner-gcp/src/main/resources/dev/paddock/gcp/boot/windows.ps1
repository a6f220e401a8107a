# The startup script of a Windows VM that runs one job: it looks whether the VM is fit, starts GitHub's runner as a user
# without privileges, and stops the VM when the runner has ended, or whenever something fails before.
#
# It asks the metadata server for these attributes of the instance:
#   paddock-jit-config      the registration; it serves once
#   paddock-expect-gpu      true or false
#   paddock-runner-dir      where the image has the runner; C:\actions-runner
#   paddock-user            who runs it; runner, who is made if there is none
#   paddock-runner-version  the version that there should be at least; without it the image's is taken
#   paddock-runner-sha256   the digest of that version's package, without which it is not installed
#   paddock-runner-url      where that package is; GitHub
# and tells where it is as guest attribute paddock/state: booting, gpu, image, updating, starting, ready, running,
# finished or failed:WHY; what became of an update as paddock/update.
#
# Written for Windows PowerShell 5.1, which starts it as SYSTEM.
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
[Net.ServicePointManager]::SecurityProtocol = [Net.ServicePointManager]::SecurityProtocol -bor [Net.SecurityProtocolType]::Tls12

$metadataHost = 'metadata.google.internal'
if ($env:GCE_METADATA_HOST) { $metadataHost = $env:GCE_METADATA_HOST }
$metadata = "http://$metadataHost/computeMetadata/v1"
$tries = 10
$pause = 5
$data = Join-Path $env:ProgramData 'paddock'
$version = '^[0-9]+\.[0-9]+\.[0-9]+$'
$stamp = '^[0-9: -]{19}Z: '

function Say([string]$text) { Write-Output "paddock: $text" | Out-Host }

# ---- the metadata server

# Status and text of an answer; status 0 where nobody answers. No proxy of the machine's stands between.
function Send-Metadata([string]$method, [string]$path, [string]$body) {
    try {
        $request = [Net.WebRequest]::Create("$metadata/$path")
        $request.Method = $method
        $request.Proxy = $null
        $request.Timeout = 10000
        $request.Headers.Add('Metadata-Flavor', 'Google')
        if ($method -eq 'PUT') {
            $bytes = [Text.Encoding]::UTF8.GetBytes($body)
            $request.ContentLength = $bytes.Length
            $stream = $request.GetRequestStream()
            $stream.Write($bytes, 0, $bytes.Length)
            $stream.Close()
        }
        $response = $request.GetResponse()
        $reader = New-Object IO.StreamReader($response.GetResponseStream())
        $text = $reader.ReadToEnd()
        $reader.Close()
        return @{ Status = 200; Text = $text.Trim() }
    } catch {
        $failure = $_.Exception
        while ($failure -and $failure -isnot [Net.WebException]) { $failure = $failure.InnerException }
        $status = 0
        if ($failure -and $failure.Response) { $status = [int]$failure.Response.StatusCode }
        return @{ Status = $status; Text = '' }
    }
}

function Test-Answered($answer) { return $answer.Status -eq 200 -or $answer.Status -eq 404 }

function Wait-Metadata {
    for ($try = 1; $try -le $tries; $try++) {
        if (Test-Answered (Send-Metadata 'GET' 'instance/id' '')) { return }
        if ($try -lt $tries) { Start-Sleep -Seconds $pause }
    }
    throw 'the metadata server does not answer'
}

function Get-Attribute([string]$key, [string]$otherwise, [switch]$needed) {
    for ($try = 1; $try -le $tries; $try++) {
        $answer = Send-Metadata 'GET' "instance/attributes/$key" ''
        if (Test-Answered $answer) {
            if ($answer.Text) { return $answer.Text }
            return $otherwise
        }
        Start-Sleep -Seconds $pause
    }
    if ($needed) { throw "the metadata server does not answer for $key" }
    Say "the metadata server does not answer for $key"
    return $otherwise
}

# A VM whose guest attributes are switched off still serves.
function Set-GuestAttribute([string]$key, [string]$value) {
    if ($value.Length -gt 250) { $value = $value.Substring(0, 250) }
    $answer = Send-Metadata 'PUT' "instance/guest-attributes/paddock/$key" $value
    if ($answer.Status -ne 200) { Say "guest attribute paddock/$key could not be written" }
}

function Set-State([string]$state) {
    Say "state $state"
    Set-GuestAttribute 'state' $state
}

# ---- programs, none of which is waited for without end

function Invoke-Bounded([string]$file, [string]$arguments, [int]$seconds) {
    $start = New-Object Diagnostics.ProcessStartInfo($file, $arguments)
    $start.UseShellExecute = $false
    $start.RedirectStandardOutput = $true
    $start.RedirectStandardError = $true
    $process = [Diagnostics.Process]::Start($start)
    $out = $process.StandardOutput.ReadToEndAsync()
    $errors = $process.StandardError.ReadToEndAsync()
    if (-not $process.WaitForExit($seconds * 1000)) {
        $process.Kill()
        return @{ Code = -1; Text = "$file did not end within $seconds s" }
    }
    $process.WaitForExit()
    return @{ Code = $process.ExitCode; Text = ($out.Result + $errors.Result).Trim() }
}

# ---- what the image left behind

function Remove-Leftovers([string]$folder) {
    foreach ($service in @(Get-Service -Name 'actions.runner.*' -ErrorAction SilentlyContinue)) {
        Stop-Service -Name $service.Name -Force -ErrorAction SilentlyContinue
        $deleted = Invoke-Bounded 'sc.exe' "delete `"$($service.Name)`"" 60
        Say "removed service $($service.Name): $($deleted.Code)"
    }
    foreach ($other in @(Get-Item -Path (Join-Path $env:SystemDrive '\Users\*\actions-runner') -ErrorAction SilentlyContinue)) {
        if (-not "$folder\".StartsWith("$($other.FullName)\", [StringComparison]::OrdinalIgnoreCase)) {
            Remove-Item -LiteralPath $other.FullName -Recurse -Force
            Say "removed $($other.FullName)"
        }
    }
    foreach ($name in '.runner', '.runner_migrated', '.credentials', '.credentials_migrated', '.credentials_rsaparams', '.service') {
        $file = Join-Path $folder $name
        if (Test-Path -LiteralPath $file) {
            Remove-Item -LiteralPath $file -Force
            Say "removed $file"
        }
    }
}

# ---- the GPU

function Find-Smi {
    $command = Get-Command 'nvidia-smi.exe' -CommandType Application -ErrorAction SilentlyContinue | Select-Object -First 1
    if ($command) { return $command.Path }
    $old = Join-Path $env:ProgramFiles 'NVIDIA Corporation\NVSMI\nvidia-smi.exe'
    if (Test-Path -LiteralPath $old) { return $old }
    return ''
}

# A card whose memory has failed answers like any other; a driver that cannot be asked proves nothing.
function Assert-Fit([string]$smi) {
    $fields = 'index,memory.total,ecc.errors.uncorrected.volatile.total'
    $answer = Invoke-Bounded $smi "--query-gpu=$fields --format=csv,noheader,nounits" 60
    foreach ($line in ($answer.Text -split "`n")) {
        $words = $line.Trim() -split ',\s*'
        if ($words.Count -ne 3 -or $words[0] -notmatch '^[0-9]+$') { continue }
        if ("$($words[1]) $($words[2])" -match 'Error|lost') { throw "GPU $($words[0]) says $($words[1]) $($words[2])" }
        if ($words[2] -match '^[1-9][0-9]*$') { throw "GPU $($words[0]) has $($words[2]) uncorrected memory errors" }
    }
}

function Wait-Gpu {
    $said = 'there is no nvidia-smi'
    for ($try = 1; $try -le $tries; $try++) {
        $smi = Find-Smi
        if ($smi) {
            $answer = Invoke-Bounded $smi '--list-gpus' 60
            $said = $answer.Text
            $found = [regex]::Matches($said, '(?m)^GPU [0-9]').Count
            if ($answer.Code -eq 0 -and $found -gt 0) {
                Say "GPUs that answer: $found"
                Assert-Fit $smi
                return
            }
        }
        if ($try -lt $tries) { Start-Sleep -Seconds $pause }
    }
    throw "no GPU after $tries tries: $(($said -split "`n")[-1].Trim())"
}

# ---- the runner's package

# What starts the runner in a folder; empty without a runner.
function Get-Program([string]$folder) {
    if (Test-Path -LiteralPath (Join-Path $folder 'bin\Runner.Listener.exe')) { return 'bin\Runner.Listener.exe run' }
    if (Test-Path -LiteralPath (Join-Path $folder 'run.cmd')) { return 'run.cmd' }
    return ''
}

function Get-Installed([string]$folder) {
    if (-not (Get-Program $folder)) { return 'none' }
    try {
        $answer = Invoke-Bounded (Join-Path $folder 'bin\Runner.Listener.exe') '--version' 60
        if ($answer.Code -eq 0 -and $answer.Text -match $version) { return $answer.Text }
    } catch {
        Say "the runner does not tell its version: $($_.Exception.Message)"
    }
    return 'unknown'
}

function Get-PackageUrl([string]$want) {
    $architecture = 'x64'
    if ($env:PROCESSOR_ARCHITECTURE -eq 'ARM64') { $architecture = 'arm64' }
    $file = "actions-runner-win-$architecture-$want.zip"
    return Get-Attribute 'paddock-runner-url' "https://github.com/actions/runner/releases/download/v$want/$file"
}

# Downloads, compares and unpacks beside the runner; throws what speaks against it.
function Expand-Package([string]$want, [string]$sha256, [string]$new) {
    $url = Get-PackageUrl $want
    $shown = ($url -split '\?')[0]
    $part = Join-Path $data 'runner.zip.part'
    try {
        Invoke-WebRequest -Uri $url -OutFile $part -UseBasicParsing -TimeoutSec 120
    } catch {
        throw "${shown}: $($_.Exception.Message)"
    }
    try {
        $digest = (Get-FileHash -LiteralPath $part -Algorithm SHA256).Hash
        if ($digest -ne $sha256) { throw "the digest of $shown is $($digest.ToLowerInvariant())" }
        Add-Type -AssemblyName System.IO.Compression.FileSystem
        [IO.Compression.ZipFile]::ExtractToDirectory($part, $new)
    } finally {
        Remove-Item -LiteralPath $part -Force -ErrorAction SilentlyContinue
    }
    $holds = Get-Installed $new
    if ($holds -ne $want) { throw "the package holds version $holds" }
}

# Puts the package's entries in the place of the image's; what only the image has, such as its _work, stays.
function Move-Package([string]$folder, [string]$new, [string]$old) {
    New-Item -ItemType Directory -Force -Path $folder, $old | Out-Null
    foreach ($entry in @(Get-ChildItem -LiteralPath $new -Force)) {
        $place = Join-Path $folder $entry.Name
        if (Test-Path -LiteralPath $place) { Move-Item -LiteralPath $place -Destination $old }
        Move-Item -LiteralPath $entry.FullName -Destination $folder
    }
    Remove-Item -LiteralPath $new, $old -Recurse -Force -ErrorAction SilentlyContinue
}

# A runner of the image that is old may still be taken by GitHub; one that is not started serves for certain nothing.
function Update-Runner([string]$folder, [string]$have) {
    $want = Get-Attribute 'paddock-runner-version' ''
    if (-not $want -or $want -eq $have) { return }
    $sha256 = Get-Attribute 'paddock-runner-sha256' ''
    $new = "$folder.new"
    try {
        if ($want -notmatch $version) { throw "paddock-runner-version is no version: $want" }
        if ($have -match $version -and [version]$have -gt [version]$want) {
            Say "the image's runner $have is newer than $want"
            return
        }
        if ($sha256 -notmatch '^[0-9a-fA-F]{64}$') { throw "paddock-runner-sha256 is not the digest of ${want}: $sha256" }
        Set-State 'updating'
        Remove-Item -LiteralPath $new, "$folder.old" -Recurse -Force -ErrorAction SilentlyContinue
        Expand-Package $want $sha256 $new
    } catch {
        Remove-Item -LiteralPath $new -Recurse -Force -ErrorAction SilentlyContinue
        Say "runner $have kept, not ${want}: $($_.Exception.Message)"
        Set-GuestAttribute 'update' "kept:${have}: $($_.Exception.Message)"
        return
    }
    Move-Package $folder $new "$folder.old"
    Say "runner $have updated to $want"
    Set-GuestAttribute 'update' "updated:$want"
}

# ---- the runner's user

# An account with a password that nobody knows, in the group whose members may run tasks, and in no group that rules.
function Set-RunnerUser([string]$user) {
    $random = New-Object byte[] 32
    [Security.Cryptography.RandomNumberGenerator]::Create().GetBytes($random)
    $password = 'aA1!' + [Convert]::ToBase64String($random)
    $secure = ConvertTo-SecureString $password -AsPlainText -Force
    if (Get-LocalUser -Name $user -ErrorAction SilentlyContinue) {
        Set-LocalUser -Name $user -Password $secure
    } else {
        New-LocalUser -Name $user -Password $secure -AccountNeverExpires -Description 'Runs jobs' | Out-Null
        Add-LocalGroupMember -SID 'S-1-5-32-545' -Member $user # Users
    }
    $account = Get-LocalUser -Name $user
    $rules = @(Get-LocalGroupMember -SID 'S-1-5-32-544' | Where-Object { $_.SID -eq $account.SID }) # Administrators
    if ($rules.Count -gt 0) { throw "user $user is an administrator, and so would be every job" }
    try {
        Add-LocalGroupMember -SID 'S-1-5-32-559' -Member $user # Performance Log Users: log on as a batch job
    } catch [Microsoft.PowerShell.Commands.MemberExistsException] {
        Say "$user may run tasks"
    }
    return @{ Name = $user; Sid = $account.SID.Value; Password = $password }
}

function Set-Owner([string]$folder, $account) {
    $granted = Invoke-Bounded 'icacls.exe' ("`"$folder`" /inheritance:r /grant:r *S-1-5-18:(OI)(CI)F " +
        "*S-1-5-32-544:(OI)(CI)F *$($account.Sid):(OI)(CI)M /Q") 60
    if ($granted.Code -ne 0) { throw "$folder cannot be given to $($account.Name): $($granted.Text)" }
    $below = Invoke-Bounded 'icacls.exe' "`"$folder\*`" /reset /T /C /Q" 300
    if ($below.Code -ne 0) { Say "not all below $folder could be given to $($account.Name)" }
}

# Jobs are not to read what the VM was given, nor to be its service account. Names (DNS) are asked for by a service.
function Block-Metadata($account) {
    if (Test-Path -LiteralPath (Join-Path $data 'allow-metadata')) {
        Say 'the image leaves the metadata server open to jobs'
        return
    }
    try {
        New-NetFirewallRule -Name 'paddock-metadata' -DisplayName 'No metadata for jobs' -Direction Outbound -Action Block `
            -Protocol TCP -RemotePort 80, 443 -RemoteAddress '169.254.169.254', 'fd20:ce::254' `
            -LocalUser "D:(A;;CC;;;$($account.Sid))" | Out-Null
        Say 'jobs do not reach the metadata server'
    } catch {
        Say "jobs reach the metadata server: $($_.Exception.Message)"
    }
}

# ---- the runner itself

# The registration serves once, so a VM that boots again has nothing to do; an image made of such a VM has.
function Assert-ServesOnce {
    $answer = Send-Metadata 'GET' 'instance/id' ''
    if (-not $answer.Text) { return }
    $used = Join-Path $data 'served'
    if ((Test-Path -LiteralPath $used) -and (Get-Content -LiteralPath $used -Raw).Trim() -eq $answer.Text) {
        throw 'this VM has served before, and was started again'
    }
    Set-Content -LiteralPath $used -Value $answer.Text
}

function Get-Registration {
    for ($try = 1; $try -le $tries; $try++) {
        $answer = Send-Metadata 'GET' 'instance/attributes/paddock-jit-config' ''
        if ($answer.Text) { return $answer.Text }
        if ($try -lt $tries) { Start-Sleep -Seconds $pause }
    }
    throw 'there is no paddock-jit-config'
}

# What the runner's user runs: it takes the registration from a pipe that it alone may open, so that it is in no file and
# no argument, and becomes the runner.
$startText = @'
param([string]$Pipe, [string]$Folder, [string]$Program)
$client = New-Object IO.Pipes.NamedPipeClientStream('.', $Pipe, [IO.Pipes.PipeDirection]::In)
$client.Connect(60000)
$reader = New-Object IO.StreamReader($client)
$env:ACTIONS_RUNNER_INPUT_JITCONFIG = $reader.ReadToEnd()
$reader.Close()
$env:ACTIONS_RUNNER_RETURN_VERSION_DEPRECATED_EXIT_CODE = '1'
Set-Location -LiteralPath $Folder
New-Item -ItemType Directory -Force -Path '_diag' | Out-Null
& cmd.exe /c "$Program > _diag\paddock.log 2>&1"
exit $LASTEXITCODE
'@

function New-Pipe([string]$name, $account) {
    $security = New-Object IO.Pipes.PipeSecurity
    $user = New-Object Security.Principal.SecurityIdentifier($account.Sid)
    $system = New-Object Security.Principal.SecurityIdentifier('S-1-5-18')
    $security.AddAccessRule((New-Object IO.Pipes.PipeAccessRule($user, 'ReadWrite', 'Allow')))
    $security.AddAccessRule((New-Object IO.Pipes.PipeAccessRule($system, 'FullControl', 'Allow')))
    return New-Object IO.Pipes.NamedPipeServerStream($name, 'Out', 1, 'Byte', 'Asynchronous', 0, 0, $security)
}

function Send-Registration($pipe, [string]$registration) {
    try {
        if (-not $pipe.WaitForConnectionAsync().Wait(60000)) { throw 'the runner did not ask for its registration' }
        $bytes = [Text.Encoding]::ASCII.GetBytes($registration)
        $pipe.Write($bytes, 0, $bytes.Length)
        $pipe.WaitForPipeDrain()
    } finally {
        $pipe.Dispose()
    }
}

# Passes on what the runner has written since, and tells what it shows of its state; returns where it has read to.
function Read-Log([string]$log, [long]$position) {
    if (-not (Test-Path -LiteralPath $log)) { return $position }
    $stream = New-Object IO.FileStream($log, 'Open', 'Read', 'ReadWrite, Delete')
    try {
        if ($stream.Length -le $position) { return $position }
        $stream.Position = $position
        $bytes = New-Object byte[] ([int][Math]::Min($stream.Length - $position, 1048576))
        $read = $stream.Read($bytes, 0, $bytes.Length)
        $end = [Array]::LastIndexOf($bytes, [byte]10, $read - 1)
        if ($end -lt 0) { return $position }
        foreach ($line in ([Text.Encoding]::UTF8.GetString($bytes, 0, $end) -split "`r?`n")) {
            Write-Output $line | Out-Host
            if ($line -match "${stamp}Listening for Jobs") { Set-State 'ready' }
            elseif ($line -match "${stamp}Running job: ") { Set-State 'running' }
        }
        return $position + $end + 1
    } finally {
        $stream.Dispose()
    }
}

function Invoke-Once([string]$folder, $account, [string]$registration) {
    $name = 'paddock-' + [Guid]::NewGuid().ToString('N')
    $script = Join-Path $data 'start.ps1'
    $log = Join-Path $folder '_diag\paddock.log'
    Remove-Item -LiteralPath $log -Force -ErrorAction SilentlyContinue
    $action = New-ScheduledTaskAction -Execute 'powershell.exe' -Argument ("-NoProfile -NonInteractive -ExecutionPolicy " +
        "Bypass -File `"$script`" -Pipe $name -Folder `"$folder`" -Program `"$(Get-Program $folder)`"")
    $settings = New-ScheduledTaskSettingsSet -ExecutionTimeLimit ([TimeSpan]::Zero) -AllowStartIfOnBatteries `
        -DontStopIfGoingOnBatteries
    Register-ScheduledTask -TaskName 'paddock-runner' -Action $action -Settings $settings -User $account.Name `
        -Password $account.Password -RunLevel Limited -Force | Out-Null
    $pipe = New-Pipe $name $account
    Start-ScheduledTask -TaskName 'paddock-runner'
    Send-Registration $pipe $registration
    [long]$position = 0
    while ((Get-ScheduledTask -TaskName 'paddock-runner').State -eq 'Running') {
        $position = Read-Log $log $position
        Start-Sleep -Seconds 1
    }
    $position = Read-Log $log $position
    return [int](Get-ScheduledTaskInfo -TaskName 'paddock-runner').LastTaskResult
}

# The runner has fetched its successor, and a script of it swaps them.
function Wait-Update([string]$folder) {
    $finished = Join-Path $folder 'update.finished'
    for ($try = 1; $try -le 31 -and -not (Test-Path -LiteralPath $finished); $try++) { Start-Sleep -Seconds 1 }
    Remove-Item -LiteralPath $finished -Force -ErrorAction SilentlyContinue
}

function Invoke-Runner([string]$folder, $account, [string]$registration) {
    for ($try = 1; $try -le $tries; $try++) {
        $code = Invoke-Once $folder $account $registration
        switch ($code) {
            0 { return }
            2 { Say 'the runner asks to be started again'; Start-Sleep -Seconds $pause }
            { $_ -eq 3 -or $_ -eq 4 } { Wait-Update $folder }
            5 { throw 'GitHub has another session of this runner' }
            7 { throw "GitHub refuses version $(Get-Installed $folder) of the runner" }
            default { throw "the runner ended with $code" }
        }
    }
    throw "the runner ended with $code, $tries times"
}

function Start-Vm {
    New-Item -ItemType Directory -Force -Path $data | Out-Null
    Wait-Metadata
    Set-State 'booting'
    $folder = [IO.Path]::GetFullPath((Get-Attribute 'paddock-runner-dir' (Join-Path $env:SystemDrive '\actions-runner')))
    Remove-Leftovers $folder
    $account = Set-RunnerUser (Get-Attribute 'paddock-user' 'runner')

    $expect = Get-Attribute 'paddock-expect-gpu' 'absent' -needed
    if ($expect -eq 'true') {
        Set-State 'gpu'
        Wait-Gpu
    } elseif ($expect -eq 'absent') {
        Say 'there is no paddock-expect-gpu, so no GPU is looked for'
    } elseif ($expect -ne 'false') {
        throw "paddock-expect-gpu is neither true nor false: '$expect'"
    }

    Set-State 'image'
    $have = Get-Installed $folder
    Say "runner $have in $folder"
    Update-Runner $folder $have
    if (-not (Get-Program $folder)) { throw "there is no runner in $folder" }
    Set-Owner $folder $account
    Set-Content -LiteralPath (Join-Path $data 'start.ps1') -Value $startText

    Set-State 'starting'
    Assert-ServesOnce
    $registration = Get-Registration
    Block-Metadata $account
    Invoke-Runner $folder $account $registration
}

$state = 'failed:the boot script was ended'
$stops = $true
try {
    $maker = (Get-CimInstance -ClassName Win32_ComputerSystem).Manufacturer
    if ($maker -notmatch 'Google') {
        $stops = $false
        Say "this is not a VM of Google's, and would be stopped: its maker is '$maker'"
        exit 64
    }
    Start-Vm
    $state = 'finished'
} catch {
    $state = "failed:$($_.Exception.Message)"
} finally {
    if ($stops) {
        try {
            Set-State $state
        } finally {
            try { Stop-Computer -Force } catch { & shutdown.exe /s /f /t 0 }
        }
    }
}
