//! `login`: a token for a password.

use std::io::{self, BufRead};

use anyhow::{Context, bail};
use console::Term;
use import_client::{
    Client,
    import_proto::{Nothing, endpoints::LogIn},
    login_request,
};

use super::output::{note, pairs, print_json, print_lines};

pub(crate) async fn login(client: &Client, json: bool, user: &str, password_stdin: bool) -> anyhow::Result<()> {
    let password = password(user, password_stdin)?;
    let answer = client.answer::<LogIn>(&Nothing, &login_request(user, &password)).await?;
    if json {
        return print_json(&answer.body);
    }
    let login = answer.value.data;
    print_lines(&pairs(&[("userId", login.user_id), ("authToken", login.auth_token)]))?;
    note("Give them with --user-id and --auth-token, or in ROCKETCHAT_USER_ID and ROCKETCHAT_AUTH_TOKEN.");
    Ok(())
}

fn password(user: &str, from_stdin: bool) -> anyhow::Result<String> {
    if from_stdin {
        let mut line = String::new();
        io::stdin().lock().read_line(&mut line).context("cannot read the password from standard input")?;
        return Ok(line.trim_end_matches(['\r', '\n']).to_owned());
    }
    if let Ok(password) = std::env::var("ROCKETCHAT_PASSWORD") {
        return Ok(password);
    }
    let terminal = Term::stderr();
    if !terminal.is_term() {
        bail!("there is no terminal to ask for the password: use --password-stdin or ROCKETCHAT_PASSWORD");
    }
    terminal.write_str(&format!("Password of {user}: "))?;
    terminal.read_secure_line().context("cannot read the password")
}
