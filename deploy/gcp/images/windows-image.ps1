# The startup script of a Windows VM of whose disk an image is made: GitHub's runner at C:\actions-runner, and whatever a
# script of one's own installs. make-image.sh starts it, and asks for guest attribute paddock/image-build, which is done
# or failed:WHY in the end. The VM then generalizes and stops itself.
#
# Attributes of the instance: paddock-runner-version, paddock-runner-sha256 and, if it is not GitHub's, paddock-runner-url;
# paddock-image-script, which is run as SYSTEM. Written for Windows PowerShell 5.1.
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
[Net.ServicePointManager]::SecurityProtocol = [Net.ServicePointManager]::SecurityProtocol -bor [Net.SecurityProtocolType]::Tls12
$metadata = 'http://metadata.google.internal/computeMetadata/v1/instance'
$headers = @{ 'Metadata-Flavor' = 'Google' }
$runner = Join-Path $env:SystemDrive '\actions-runner'

# Empty if there is none; throws if nobody answers.
function Get-Attribute([string]$key) {
    for ($try = 1; $try -le 10; $try++) {
        try {
            return [string](Invoke-RestMethod -Uri "$metadata/attributes/paddock-$key" -Headers $headers -TimeoutSec 10)
        } catch {
            $response = $_.Exception.Response
            if ($response -and [int]$response.StatusCode -eq 404) { return '' }
        }
        if ($try -lt 10) { Start-Sleep -Seconds 5 }
    }
    throw "the metadata server does not answer for paddock-$key"
}

function Send-Progress([string]$value) {
    if ($value.Length -gt 250) { $value = $value.Substring(0, 250) }
    Write-Output "paddock: image-build $value" | Out-Host
    Invoke-RestMethod -Method Put -Uri "$metadata/guest-attributes/paddock/image-build" -Headers $headers -Body $value `
        -TimeoutSec 10 | Out-Null
}

function Install-Runner {
    $version = Get-Attribute 'runner-version'
    $sha256 = Get-Attribute 'runner-sha256'
    $url = Get-Attribute 'runner-url'
    if ($version -notmatch '^[0-9]+\.[0-9]+\.[0-9]+$') { throw "paddock-runner-version is no version: $version" }
    if ($sha256 -notmatch '^[0-9a-fA-F]{64}$') { throw "paddock-runner-sha256 is no digest: $sha256" }
    if (-not $url) {
        $url = "https://github.com/actions/runner/releases/download/v$version/actions-runner-win-x64-$version.zip"
    }
    $file = Join-Path $env:TEMP 'actions-runner.zip'
    Invoke-WebRequest -Uri $url -OutFile $file -UseBasicParsing -TimeoutSec 300
    if ((Get-FileHash -LiteralPath $file -Algorithm SHA256).Hash -ne $sha256) { throw 'the runner''s digest is another' }
    Remove-Item -LiteralPath $runner -Recurse -Force -ErrorAction SilentlyContinue
    Add-Type -AssemblyName System.IO.Compression.FileSystem
    [IO.Compression.ZipFile]::ExtractToDirectory($file, $runner)
    Remove-Item -LiteralPath $file -Force
}

# Nobody's registration, and no mark of a VM that has served.
function Clear-Image {
    Remove-Item -Path "$runner\.runner*", "$runner\.credentials*", "$runner\.service" -Force -ErrorAction SilentlyContinue
    Remove-Item -LiteralPath (Join-Path $env:ProgramData 'paddock') -Recurse -Force -ErrorAction SilentlyContinue
    Remove-Item -Path (Join-Path $env:SystemDrive '\Users\*\actions-runner') -Recurse -Force -ErrorAction SilentlyContinue
}

try {
    Send-Progress 'started'
    Install-Runner
    $own = Get-Attribute 'image-script'
    if ($own) {
        $script = Join-Path $env:TEMP 'paddock-image-script.ps1'
        Set-Content -LiteralPath $script -Value $own
        $global:LASTEXITCODE = 0
        & $script
        if ($LASTEXITCODE -ne 0) { throw "paddock-image-script ended with $LASTEXITCODE" }
        Remove-Item -LiteralPath $script -Force
    }
    Clear-Image
    Send-Progress 'done'
} catch {
    Send-Progress "failed:$($_.Exception.Message)"
    exit 1
}
& "$env:ProgramFiles\Google\Compute Engine\sysprep\gcesysprep.bat"
